import { dirname } from 'node:path';

/** Explains errors of Node.js by their code: a sentence that names the path and the remedy. */
const SENTENCES: Readonly<Record<string, (path: string) => string>> = {
  EACCES: (path) => `Permission denied: ${path}. Choose another path, or correct its owner and permissions.`,
  EPERM: (path) => `Permission denied: ${path}. Choose another path, or correct its owner and permissions.`,
  EROFS: (path) => `${path} is on a read-only file system. Choose another path.`,
  ENOSPC: (path) => `No space is left on the device of ${path}. Free some space and run the command again.`,
  EDQUOT: (path) => `The disk quota is used up for ${path}. Free some space and run the command again.`,
  EIO: (path) => `The device of ${path} reports an error. Choose another path.`,
  EISDIR: (path) => `${path} is a folder. Pass a file.`,
  ENOTDIR: (path) => `${dirname(path)} is not a folder. Choose another path.`,
  EEXIST: (path) => `${path} exists and is not a folder. Choose another path, or remove the file.`,
  ENOENT: (path) => `The file or folder ${path} does not exist. Check the path.`,
  EMFILE: (path) => `Too many files are open to open ${path}. Raise the limit (ulimit -n).`,
};

/**
 * Explains an error of the operating system in one sentence with a remedy.
 *
 * @param path the path that the sentence names if the error has none, as the errors of reads and writes
 * @returns undefined for any other error
 */
export function explainSystemError(error: unknown, path?: string): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined;
  const named = 'path' in error && typeof error.path === 'string' ? error.path : path;
  const explanation = SENTENCES[String(error.code)];
  return explanation?.(named ?? 'the file');
}

/** Returns whether an error means that the reader of standard output has ended, such as `head`. */
export const isBrokenPipe = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE';
