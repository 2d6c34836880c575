import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../failure.ts';

/** A file that can be read more than once. */
export interface DumpFile {
  readonly name: string;
  readonly bytes: number;
  open(): AsyncIterable<Uint8Array>;
}

/** The paths cannot be opened if standard input is a socket. */
const STANDARD_INPUT: ReadonlySet<string> = new Set(['-', '/dev/stdin', '/dev/fd/0']);

/**
 * Opens the files of a command. `-` is standard input. A source that can be read only once, such as a pipe or a device, is
 * copied first.
 *
 * @param signal stops the copying
 * @throws {CommandError} if one of them does not exist or is a folder, or if it was stopped
 */
export async function openDumpFiles(
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ files: readonly DumpFile[]; close: () => Promise<void> }> {
  const copies: FileHandle[] = [];
  const close = async () => {
    for (const copy of copies) await copy.close();
  };
  const openOne = async (name: string): Promise<DumpFile> => {
    const found = STANDARD_INPUT.has(name) ? undefined : await statOf(name);
    if (found?.isDirectory()) throw new CommandError(`${name} is a folder. Pass the file of the dump.`);
    if (found?.isFile()) return { name, bytes: found.size, open: () => createReadStream(name) };
    const copy = await openCopy();
    copies.push(copy);
    await fill(copy, found === undefined ? process.stdin : createReadStream(name), signal);
    return {
      name: name === '-' ? 'standard input' : name,
      bytes: (await copy.stat()).size,
      open: () => createReadStream('', { ...streamOf(copy), start: 0 }),
    };
  };
  try {
    const files: DumpFile[] = [];
    for (const name of names) files.push(await openOne(name));
    return { files, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens a temporary file and removes its name at once. The system deletes the content, which contains password hashes, when
 * the process ends, even if it is killed.
 */
async function openCopy(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  try {
    return await open(join(folder, 'dump'), 'wx+', 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(copy: FileHandle, input: Readable, signal: AbortSignal): Promise<void> {
  try {
    await pipeline(input, createWriteStream('', streamOf(copy)), { signal });
  } catch (error) {
    throw signal.aborted ? new CommandError('Stopped. Nothing was changed.') : error;
  }
}

async function statOf(name: string): Promise<Stats> {
  try {
    return await stat(name);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isMissing ? new CommandError(`The file ${name} does not exist. Check the path.`) : error;
  }
}

/** A stream of the number of a file. A stream of the handle itself would keep the handle open. */
const streamOf = ({ fd }: FileHandle) => ({ fd, autoClose: false });
