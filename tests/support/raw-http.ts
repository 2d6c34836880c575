import { connect } from 'node:net';
import type { Reply } from './service.ts';

/** How long an answer may take; a server that needs longer hangs. */
const ANSWER_WITHIN_MS = 10_000;
/** How long nothing may arrive before the client says that nothing follows, as far as it is concerned. */
const QUIET_MS = 100;

/** What Node's own refusals have for a body; everything of ours has a length. */
const EMPTY_CHUNKS = '0\r\n\r\n';

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
    const timer = setTimeout(() => resolve(false), ANSWER_WITHIN_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
  socket.destroy();
  if (!isClosed) throw new Error(`no end after ${ANSWER_WITHIN_MS} ms and ${Buffer.concat(received)}`);
  return readAnswers(Buffer.concat(received), isHead);
}

/** The port of a server that answers at a URL. */
export const portOf = (url: string): number => Number(new URL(url).port);

function readAnswers(bytes: Buffer, isHead: boolean): Reply[] {
  const replies: Reply[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(line) ?? [];
    if (end < 0 || status === '') throw new Error(`no answer of HTTP: ${rest.toString('latin1')}`);
    const headers = Object.fromEntries(lines.map(headerOf));
    // What Node's parser refuses is answered before it has a method.
    const isUnread = status === '400' && rest.length > end + 4;
    const isWithoutBody =
      (isHead && !isUnread) || status === '204' || status === '304' || status.startsWith('1');
    const isEmpty = 'transfer-encoding' in headers && rest.subarray(end + 4).toString() === EMPTY_CHUNKS;
    const length = isWithoutBody || isEmpty ? 0 : Number(headers['content-length'] ?? rest.length - end - 4);
    const body = rest.subarray(end + 4, end + 4 + length);
    if (body.length < length) throw new Error(`an answer that is cut: ${rest.toString('latin1')}`);
    rest = isEmpty ? Buffer.alloc(0) : rest.subarray(end + 4 + length);
    // "Go on", which is said before the answer.
    if (status.startsWith('1')) continue;
    replies.push({
      status: Number(status),
      headers,
      body: length === 0 ? undefined : JSON.parse(body.toString()),
    });
  }
  return replies;
}

function headerOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
