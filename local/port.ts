import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { hostOf, isOnLoopback } from './host.ts';
import { LocalError } from './local-error.ts';

const DEFAULT_PORT = 8000;
const MAX_PORT = 65_535;

/** Codes for an address that the machine lacks, that is link-local without a zone, or whose protocol is disabled. */
const NO_ADDRESS: ReadonlySet<unknown> = new Set(['EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT']);

/** Returns the problem of a value of `PORT`, or undefined if it is valid. */
export const portProblem = (value = ''): string | undefined =>
  /^\d*$/.test(value) && Number(value) <= MAX_PORT
    ? undefined
    : `PORT is not a whole number from 0 to ${MAX_PORT}`;

/**
 * Chooses the port to listen on.
 *
 * @param value a valid value of `PORT`; the default is 8000, and 0 is any free port
 * @param host the address to listen on
 * @throws {LocalError} if another program uses the port, this user must not, or the machine does not have the address
 */
export async function choosePort(value = '', host = hostOf()): Promise<number> {
  const port = value === '' ? DEFAULT_PORT : Number(value);
  // A listener on ::1 or on all addresses does not block this port, but receives the requests to localhost.
  const taken = isOnLoopback(host) ? ['::1', '127.0.0.1'] : [host];
  for (const address of port === 0 ? [] : taken) if (await isUsed(address, port)) throw usedError(port);
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EACCES') {
      throw new LocalError(`This user may not listen on port ${port}. Choose another: PORT=8001 npm start`);
    }
    if (NO_ADDRESS.has(code)) {
      throw new LocalError('HOST is not an address of this machine. Use 0.0.0.0 to listen on all of them.');
    }
    throw usedError(port);
  }
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

const usedError = (port: number) =>
  new LocalError(
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
