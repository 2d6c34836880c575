import { connect } from 'node:net';
import type { Reply } from '../../tools/harness/service.ts';
import { RESPONSE_MS } from '../../tools/harness/time-limits.ts';
import { readResponses } from './http-responses.ts';

/** Time without data, in milliseconds, after which the client ends its side of the connection. */
const QUIET_MS = 100;

const HEAD_END = '\r\n\r\n';

export interface Exchange {
  /** Whether the responses have no body. */
  readonly isHead?: boolean;
  /** Whether the server may wait for more data. The client then ends its side after a while. */
  readonly isCut?: boolean;
  /** The address to connect to. */
  readonly host?: string;
}

/**
 * Sends raw bytes to a server. Returns the responses until the server closes the connection, or none if it closes it at
 * once.
 *
 * @throws {Error} if the server does neither in time, or a response is not HTTP
 */
export async function exchange(
  port: number,
  bytes: string | Uint8Array,
  { isHead = false, isCut = false, host = '127.0.0.1' }: Exchange = {},
): Promise<readonly Reply[]> {
  const socket = connect({ host, port });
  const received: Buffer[] = [];
  socket.on('data', (part: Buffer) => received.push(part));
  // A reset connection has ended like a closed one. The data that arrived is checked in both cases.
  socket.on('error', () => {});
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  if (isCut) socket.setTimeout(QUIET_MS, () => socket.end());
  const isClosed = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), RESPONSE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  socket.destroy();
  if (!isClosed) throw new Error(`no end after ${RESPONSE_MS} ms and ${Buffer.concat(received)}`);
  return readReplies(Buffer.concat(received), isHead);
}

/** Returns the port of a URL. */
export const portOf = (url: string): number => Number(new URL(url).port);

/** Parses the final responses, whose bodies are JSON or empty. */
function readReplies(bytes: Buffer, isHead: boolean): Reply[] {
  const hasBody = isHead && isUnparsed(bytes);
  return readResponses(bytes, { isHead: isHead && !hasBody })
    .filter(({ status }) => status >= 200)
    .map(({ status, headers, body }) => ({
      status,
      headers,
      body: body.length === 0 ? undefined : JSON.parse(body.toString()),
    }));
}

/** Returns whether the server rejected a request before it read the method. Such a response has a body even for HEAD. */
const isUnparsed = (bytes: Buffer): boolean =>
  /^HTTP\/1\.1 (400|431) /.test(bytes.toString('latin1', 0, 13)) &&
  bytes.indexOf(HEAD_END) + HEAD_END.length < bytes.length;
