import type { IncomingMessage, ServerResponse } from 'node:http';

export type HeaderPair = readonly [name: string, value: string];

/** A complete HTTP response. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly body: Buffer;
}

/** Statuses that have no body (RFC 9110 sections 15.3.5 and 15.4.5). */
const WITHOUT_BODY = new Set([204, 304]);

/** Writes a response without compression, ranges or caching. */
export function send(content: HttpResponse, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = content.status;
  for (const [name, value] of content.headers) response.appendHeader(name, value);
  if (WITHOUT_BODY.has(content.status)) {
    response.end();
    return;
  }
  response.setHeader('content-length', content.body.length);
  response.end(request.method === 'HEAD' ? undefined : content.body);
}
