import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export const HOST = '127.0.0.1';
const DEFAULT_PORT = 8000;
const MAX_PORT = 65_535;

/** The server cannot listen on a port. The message states the port, the reason and the remedy. */
export class PortError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PortError';
  }
}

/** Returns what is wrong with a value of `PORT`, or undefined if it is valid. */
export const portProblem = (value = ''): string | undefined =>
  /^\d*$/.test(value) && Number(value) <= MAX_PORT
    ? undefined
    : `PORT is not a whole number from 0 to ${MAX_PORT}`;

/**
 * Chooses the port to listen on.
 *
 * @param value a valid value of `PORT`; the default is 8000, and 0 is any free port
 * @throws {PortError} if another program uses the port, or this user must not
 */
export async function choosePort(value = ''): Promise<number> {
  const port = value === '' ? DEFAULT_PORT : Number(value);
  // A listener on ::1 or on all addresses does not block this port, but receives the requests to localhost.
  if (port !== 0 && ((await isUsed('::1', port)) || (await isUsed(HOST, port)))) throw usedError(port);
  const server = createServer().listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') {
      throw new PortError(`This user may not listen on port ${port}. Choose another: PORT=8001 npm start`);
    }
    throw usedError(port);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

const usedError = (port: number) =>
  new PortError(
    `Another program uses port ${port}. Choose another: PORT=${port === MAX_PORT ? DEFAULT_PORT : port + 1} npm start`,
  );

async function isUsed(host: string, port: number): Promise<boolean> {
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
