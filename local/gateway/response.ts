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
  const hasBody = !WITHOUT_BODY.has(content.status);
  const length: HeaderPair = ['content-length', String(content.body.length)];
  response.writeHead(content.status, [...content.headers, ...(hasBody ? [length] : [])].flat());
  response.end(hasBody && request.method !== 'HEAD' ? content.body : undefined);
}
