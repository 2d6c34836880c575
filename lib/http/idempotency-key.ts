import { createHash } from 'node:crypto';
import type { HttpRequest } from './request.ts';

/**
 * Returns the digest of a request's `Idempotency-Key`, if it has one.
 *
 * @see draft-ietf-httpapi-idempotency-key-header §2.1
 */
export function idempotencyKeyOf(request: Pick<HttpRequest, 'header'>): string | undefined {
  const key = request.header('idempotency-key')?.trim();
  return key ? createHash('sha256').update(key).digest('base64url') : undefined;
}
