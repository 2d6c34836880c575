import { createHash } from 'node:crypto';
import fresh from 'fresh';
import type { HttpRequest, HttpResponse } from './stack.ts';

/** The content type of the list of posts in the original service. The body is JSON. */
const LIST_TYPE = 'text/json-comment-filtered';

/**
 * Creates the response with a list, or 304 if `If-None-Match` contains its ETag.
 *
 * @param items the items in JSON
 * @param next the query parameters of the next page, if there is one
 * @see RFC 9110 §13.1.2 (If-None-Match), RFC 8288 §3 (Link; its target is relative to the request)
 */
export function listResponse(
  request: HttpRequest,
  items: readonly string[],
  next: Readonly<Record<string, string | number | undefined>> | undefined,
): HttpResponse {
  const body = `[${items.join(', ')}]`;
  const link = next && `<${queryOf(next)}>; rel="next"`;
  const etag = `"${createHash('sha256')
    .update(body)
    .update(link ?? '')
    .digest('base64url')}"`;
  const headers = {
    ETag: etag,
    'Cache-Control': 'private, no-cache',
    ...(link === undefined ? {} : { Link: link }),
  };
  const ifNoneMatch = request.header('if-none-match');
  if (fresh({ 'if-none-match': ifNoneMatch }, { etag })) return { status: 304, headers, body: '' };
  return { status: 200, headers: { ...headers, 'Content-Type': LIST_TYPE }, body };
}

function queryOf(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const set = Object.entries(parameters).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return `?${new URLSearchParams(set)}`;
}
