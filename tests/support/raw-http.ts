import { connect } from 'node:net';
import type { Reply } from '../../tools/harness/service.ts';
import { ANSWER_MS } from '../../tools/harness/time-limits.ts';
import { readResponses } from './http-responses.ts';

/** How long nothing may arrive before the client says that nothing follows, as far as it is concerned. */
const QUIET_MS = 100;

const HEAD_END = '\r\n\r\n';

export interface Exchange {
  /** Whether the answers have no body. */
  readonly isHead?: boolean;
  /** Whether the server may rightly wait for more: it is told after a while that there is none. */
  readonly isCut?: boolean;
}

/**
 * Writes bytes to a server as they are, and gives the answers that come until it closes the connection; none where it
 * closes at once.
 *
 * @throws {Error} where it does neither in time, or what it says is no HTTP
 */
export async function exchange(
  port: number,
  bytes: string | Uint8Array,
  { isHead = false, isCut = false }: Exchange = {},
): Promise<readonly Reply[]> {
  const socket = connect({ host: '127.0.0.1', port });
  const received: Buffer[] = [];
  socket.on('data', (part: Buffer) => received.push(part));
  // A connection that is cut is over, as one that is closed: what came by it is looked at all the same.
  socket.on('error', () => {});
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  if (isCut) socket.setTimeout(QUIET_MS, () => socket.end());
  const isClosed = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), ANSWER_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  socket.destroy();
  if (!isClosed) throw new Error(`no end after ${ANSWER_MS} ms and ${Buffer.concat(received)}`);
  return readReplies(Buffer.concat(received), isHead);
}

/** The port of a server that answers at a URL. */
export const portOf = (url: string): number => Number(new URL(url).port);

/** Reads the final responses, whose bodies are JSON or empty. */
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

/** Whether the server refused a request before it knew the method: such a refusal has a body, even if that was HEAD. */
const isUnparsed = (bytes: Buffer): boolean =>
  /^HTTP\/1\.1 (400|431) /.test(bytes.toString('latin1', 0, 13)) &&
  bytes.indexOf(HEAD_END) + HEAD_END.length < bytes.length;
