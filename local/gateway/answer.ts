import type { IncomingMessage, ServerResponse } from 'node:http';

export type HeaderPair = readonly [name: string, value: string];

/** A complete HTTP response. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly body: Buffer;
}

/** Statuses that have no body (RFC 9110 sections 15.3.5 and 15.4.5). */
const WITHOUT_BODY = new Set([204, 304]);

/** Writes a response without compression, ranges or caching. */
export function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) response.appendHeader(name, value);
  if (WITHOUT_BODY.has(answer.status)) {
    response.end();
    return;
  }
  response.setHeader('content-length', answer.body.length);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
}
