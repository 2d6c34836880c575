import { createHash } from 'node:crypto';
import fresh from 'fresh';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './responses.ts';

/** Returns the strong ETag of texts or bytes: their SHA-256. @see RFC 9110 §8.8.3 */
export function etagOf(...texts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return `"${hash.digest('base64url')}"`;
}

/** A response with an ETag. */
export interface Representation {
  readonly body: string;
  /** Its content type. */
  readonly type: string;
  /** These are sent with a 304, too. */
  readonly headers: Readonly<Record<string, string>> & { readonly ETag: string };
}

/** Creates the response 200, or 304 if `If-None-Match` contains the ETag. @see RFC 9110 §13.1.2 (If-None-Match) */
export function conditionalResponse(
  request: HttpRequest,
  { body, type, headers }: Representation,
): HttpResponse {
  const ifNoneMatch = request.header('if-none-match');
  if (fresh({ 'if-none-match': ifNoneMatch }, { etag: headers.ETag }))
    return { status: 304, headers, body: '' };
  return { status: 200, headers: { ...headers, 'Content-Type': type }, body };
}
