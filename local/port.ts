import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';
const DEFAULT_PORT = 8000;

/** A port that cannot be listened on; the message says which and why. */
export class PortError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PortError';
  }
}

/**
 * Chooses the port to listen on: the one that is asked for, 8000 without, any free one for 0.
 *
 * @throws {PortError} for a value that is no port, and a port that is taken or not allowed
 */
export async function choosePort(wanted = ''): Promise<number> {
  const port = wanted === '' ? DEFAULT_PORT : Number(wanted);
  if (!/^\d*$/.test(wanted) || port > 65_535)
    throw new PortError('PORT is not a whole number from 0 to 65535.');
  // A listener on ::1 or on every address leaves this one free, but gets what is sent to localhost.
  if (port !== 0 && ((await answers('::1', port)) || (await answers(HOST, port)))) throw taken(port);
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES')
      throw new PortError(
        `Port ${port} may not be listened on by this user. Choose another: PORT=8001 npm start`,
      );
    throw taken(port);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

const taken = (port: number) =>
  new PortError(
    `Port ${port} is taken by another program. Choose another: PORT=${port === 8001 ? 8002 : 8001} npm start`,
  );

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
