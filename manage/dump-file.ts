import { open, stat } from 'node:fs/promises';
import { CommandError } from './failure.ts';

const HEAD_BYTES = 64;
const REMEDY =
  'Create the dump with: python manage.py dumpdata auth.user blog.post --format json --output dump.json';

/** Formats that are not a dump, by the first characters of the file, each with a remedy. */
const FORMATS: readonly (readonly [starts: readonly string[], format: string, remedy?: string])[] = [
  [['\x1f\x8b'], 'is compressed with gzip', 'Decompress it first, with gunzip.'],
  [['PK\x03\x04'], 'is a ZIP archive', 'Unpack it first.'],
  [['BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd'], 'is compressed', 'Decompress it first.'],
  [['\xff\xfe', '\xfe\xff', '\0', '[\0'], 'is UTF-16, not UTF-8'],
  [['SQLite format'], 'is an SQLite database'],
  [['<'], 'is HTML or XML, not JSON'],
  [['- model:'], 'is YAML, not JSON'],
  [['{'], 'is a JSON object, not an array of records'],
];

/**
 * Checks by its first bytes that a file can be a dump.
 *
 * @param name the name for messages
 * @returns its size in bytes
 * @throws {CommandError} with the format of the file and the remedy
 */
export async function checkDumpFile(name: string, path: string): Promise<number> {
  const status = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new CommandError(`There is no file ${name}. Check the path.`);
    }
    throw error;
  });
  if (status.isDirectory()) throw new CommandError(`${name} is a folder. Pass the file of the dump.`);
  // An import reads its dumps twice.
  if (!status.isFile()) throw new CommandError(`${name} is not a regular file. Pipe the dump to: loaddata -`);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
    const head = buffer.toString('latin1', 0, bytesRead).replace('\xef\xbb\xbf', '').trimStart();
    if (head === '' && status.size <= HEAD_BYTES) {
      throw new CommandError(`${name} is empty. ${REMEDY}`);
    }
    for (const [starts, format, remedy = REMEDY] of FORMATS) {
      if (starts.some((start) => head.startsWith(start)))
        throw new CommandError(`${name} ${format}. ${remedy}`);
    }
    return status.size;
  } finally {
    await file.close();
  }
}
