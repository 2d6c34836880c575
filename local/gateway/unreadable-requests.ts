import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpResponse } from './response.ts';

/** How long a client may continue to send data that the server does not read any more. */
const LINGER_MS = 2_000;

/**
 * Responds with a gateway response to requests that Node.js cannot parse, or whose headers are too large. The server handles
 * those that follow another request on the same connection.
 *
 * @param isBusy returns whether another request of the connection has no response yet
 */
export function respondToUnreadableRequests(
  listener: Server,
  isBusy: (socket: Socket) => boolean,
  responseFor: (status: number) => HttpResponse,
): void {
  const former = listener.listeners('clientError');
  const completed = new WeakSet<Socket>();
  listener.removeAllListeners('clientError');
  listener.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Further data of the connection is not a request.
    if (completed.has(socket)) return;
    if (isBusy(socket)) {
      for (const listen of former) listen.call(listener, error, socket);
      return;
    }
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    completed.add(socket);
    socket.end(toText(responseFor(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400)));
    // Closing at once would reset the connection under the response while the client is still sending.
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

function toText({ status, headers, body }: HttpResponse): string {
  const lines = [...headers, ['Content-Length', String(body.length)], ['Connection', 'close']];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body.toString()}`;
}
