import { zipSync } from 'fflate';
import type { Files } from './bundle.ts';

/** The earliest time of the ZIP format. A fixed time makes archives of equal files equal. */
const TIME = '1980-01-01T12:00:00';

/** A regular file of Unix that all users can read. Lambda runs functions as another user. */
const UNIX = 3;
const READABLE_FILE = 0o100644 << 16;

/** Creates a ZIP archive. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html */
export function archive(files: Files): Uint8Array {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return zipSync(Object.fromEntries(entries), { level: 9, mtime: TIME, os: UNIX, attrs: READABLE_FILE });
}
