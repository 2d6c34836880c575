import { createReadStream, type Stats } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { CommandError } from '../failure.ts';
import type { DumpSource } from './dump-entries.ts';

/** A dump that is a file, or a copy in one. */
export interface DumpFile extends DumpSource {
  readonly bytes: number;
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
  // Read and written without streams, which close a file when they are aborted.
  const copies: FileHandle[] = [];
  const close = async () => {
    for (const copy of copies) await copy.close();
  };
  const openOne = async (name: string): Promise<DumpFile> => {
    const found = STANDARD_INPUT.has(name) ? undefined : await statOf(name);
    if (found?.isDirectory()) throw new CommandError(`${name} is a folder. Pass the file of the dump.`);
    if (found?.isFile()) return { name, path: name, bytes: found.size, open: () => createReadStream(name) };
    const copy = await openCopy();
    copies.push(copy);
    await fill(copy, found === undefined ? process.stdin : createReadStream(name), signal);
    return {
      name: name === '-' ? 'standard input' : name,
      path: found === undefined ? undefined : name,
      bytes: (await copy.stat()).size,
      open: () => chunksOf(copy),
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
    await writeFile(copy, addAbortSignal(signal, input));
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

const CHUNK_BYTES = 65_536;

/** Reads a copy from its start. */
async function* chunksOf(copy: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ; ) {
    const { buffer, bytesRead } = await copy.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
    position += bytesRead;
  }
}
