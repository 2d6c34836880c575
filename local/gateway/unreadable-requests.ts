import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Call } from './call.ts';
import type { HttpResponse } from './response.ts';

/** How long a client may continue to send data that the server does not read any more. */
const LINGER_MS = 2_000;

/**
 * Responds with a gateway response to requests that Node.js cannot parse, or whose headers are too large.
 *
 * @param callsOf returns the requests of a connection that have no complete response
 */
export function respondToUnreadableRequests(
  listener: Server,
  callsOf: (socket: Socket) => readonly Pick<Call, 'request' | 'response'>[],
  responseFor: (status: number) => HttpResponse,
): void {
  const completed = new WeakSet<Socket>();
  listener.removeAllListeners('clientError');
  listener.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Further data of the connection is not a request.
    if (completed.has(socket)) return;
    completed.add(socket);
    const respond = () => {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy();
        return;
      }
      socket.end(toText(responseFor(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400)));
      // Closing at once would reset the connection under the response while the client is still sending.
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    };
    // A request without its whole body receives this response. Those before it receive their own first.
    const before = callsOf(socket).findLast(({ request }) => request.complete);
    if (before === undefined) respond();
    else before.response.once('close', respond);
  });
}

function toText({ status, headers, body }: HttpResponse): string {
  const lines = [...headers, ['Content-Length', String(body.length)], ['Connection', 'close']];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body.toString()}`;
}
