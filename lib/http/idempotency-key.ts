import { createHash } from 'node:crypto';
import type { HttpRequest } from './request.ts';

/**
 * Reads the `Idempotency-Key` of a request as a digest of it; nothing where there is none.
 *
 * @see draft-ietf-httpapi-idempotency-key-header §2.1
 */
export function idempotencyKeyOf(request: Pick<HttpRequest, 'header'>): string | undefined {
  const key = request.header('idempotency-key')?.trim();
  return key ? createHash('sha256').update(key).digest('base64url') : undefined;
}
