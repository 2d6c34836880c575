import { CommandError } from './failure.ts';

/** Far more than a post or a password may have. */
const MAX_BYTES = 4_194_304;

/**
 * Reads a text in UTF-8. A byte order mark at its start is left out.
 *
 * @param what names the text in a message, such as `The content`
 * @throws {CommandError} if it is not UTF-8, or longer than {@link MAX_BYTES}
 */
export async function readUtf8(input: AsyncIterable<Uint8Array>, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of input) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new CommandError(`${what} is too large.`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new CommandError(`${what} is not UTF-8. Convert it first, for example with iconv.`);
  }
}
