import { conditionalResponse, etagOf } from './conditional-response.ts';
import type { HttpRequest } from './request.ts';
import type { HttpResponse } from './responses.ts';

/** The content type of the list of posts in the original service. The body is JSON. */
export const LIST_TYPE = 'text/json-comment-filtered';

/**
 * Creates the response with a list, or 304 if `If-None-Match` contains its ETag.
 *
 * @param items the items in JSON
 * @param next the query parameters of the next page, if there is one
 * @see RFC 8288 §3 (Link; its target is relative to the request)
 */
export function listResponse(
  request: HttpRequest,
  items: readonly string[],
  next: Readonly<Record<string, string>> | undefined,
): HttpResponse {
  const body = `[${items.join(', ')}]`;
  const link = next && `<?${new URLSearchParams(next)}>; rel="next"`;
  return conditionalResponse(request, {
    body,
    type: LIST_TYPE,
    headers: {
      ETag: etagOf(body, link ?? ''),
      'Cache-Control': 'private, no-cache',
      ...(link === undefined ? {} : { Link: link }),
    },
  });
}
