import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** A fault of the network after a request was executed. */
export type ResponseFault =
  | 'none'
  /** The connection is reset before the response. */
  | 'response lost'
  /** The connection is reset during the response. */
  | 'response truncated'
  /** The response stops in the middle of its body; the connection stays open. */
  | 'stalled in the body'
  /** The response never begins; the connection stays open. */
  | 'response held';

/** A response before it is written. */
interface WholeResponse {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
}

/** Writes a response with a fault. */
export function deliver(
  fault: ResponseFault,
  { status, headers, body }: WholeResponse,
  response: ServerResponse,
): void {
  const cut = () => response.destroy();
  if (fault === 'response held') return;
  if (fault === 'response lost') {
    cut();
    return;
  }
  response.writeHead(status, headers);
  const half = body.subarray(0, body.length / 2);
  if (fault === 'response truncated') response.write(half, cut);
  else if (fault === 'stalled in the body') response.write(half);
  else response.end(body);
}
