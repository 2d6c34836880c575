import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Call } from './call.ts';
import type { HttpResponse } from './response.ts';

/** How long a client may continue to send data that the server does not read any more. */
const LINGER_MS = 2_000;
/** The statuses of Node.js for errors other than 400. */
const STATUSES: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

interface Connections {
  /** Returns the requests of a connection that have no complete response. */
  callsOf(socket: Socket): readonly Pick<Call, 'request' | 'response'>[];
  lastRequestOf(socket: Socket): IncomingMessage | undefined;
}

/** Responds with a gateway response to requests that Node.js cannot parse, or whose headers are too large. */
export function respondToUnreadableRequests(
  listener: Server,
  { callsOf, lastRequestOf }: Connections,
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
      socket.end(toText(responseFor(STATUSES[error.code ?? ''] ?? 400)));
      // Closing at once would reset the connection under the response while the client is still sending.
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    };
    const calls = callsOf(socket);
    // The rest of a request that has its response already, such as a 401 before the body. A second response would be taken for
    // that of the next request.
    if (calls.length === 0 && lastRequestOf(socket)?.complete === false) {
      socket.destroy();
      return;
    }
    // This is also the response to a request whose body is incomplete. Earlier requests get their responses first.
    const before = calls.findLast(({ request }) => request.complete);
    if (before === undefined) respond();
    else before.response.once('close', respond);
  });
}

function toText({ status, headers, body }: HttpResponse): string {
  const lines = [...headers, ['Content-Length', String(body.length)], ['Connection', 'close']];
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body.toString()}`;
}
