import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { writeDump } from '../../lib/django/write-dump.ts';
import { explainSystemError } from '../../tools/kit/failure.ts';
import { fileArgument } from '../../tools/kit/file-argument.ts';
import { warn } from '../../tools/kit/terminal.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { onTable } from '../connection.ts';
import { DumpSummary, dumpRecords } from '../dump-records.ts';
import { exampleOf } from '../example.ts';
import { CommandError } from '../failure.ts';
import { listed } from '../listed.ts';
import { addLoadCommand } from './loaddata.ts';

const HELP = `
An existing file is replaced once the new one is complete.
Exit code 1: the dump was not written, or posts were left out because their authors do not exist.
${exampleOf('dumpdata --output dump.json')}`;

/** Adds the commands that import and export data. */
export function addDataCommands(program: Command): void {
  addLoadCommand(program);
  program
    .command('dumpdata')
    .description('export all users and posts for loaddata of Django; the dump contains password hashes')
    .option(
      '--output <file>',
      'write to a file that only its owner can read, instead of standard output',
      fileArgument,
    )
    .addHelpText('after', HELP)
    .action(
      onTable({ changes: false }, async (table, { output }: { output?: string }) => {
        const summary = new DumpSummary();
        const dump = writeDump(dumpRecords(table, summary));
        if (output === undefined) await pipeline(dump, process.stdout, { end: false });
        else {
          const { isReplaced } = await writeAtomically(output, dump);
          const counts = `${counted(summary.users, 'user')} and ${counted(summary.posts, 'post')}`;
          warn(`Wrote ${counts} to ${output}${isReplaced ? ', and replaced the previous file' : ''}.`);
        }
        reportLeftOut(summary);
      }),
    );
}

const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`;

function reportLeftOut({ withoutAuthor }: DumpSummary): void {
  const [first] = withoutAuthor;
  if (first === undefined) return;
  warn(
    `Left out posts whose author does not exist, because loaddata of Django rejects a file with them: ${listed(withoutAuthor.map(String))}. ` +
      `Delete them, for example: posts delete ${first}`,
  );
  process.exitCode = 1;
}

/**
 * Writes a file that only its owner can read. An existing file is replaced once the new one is complete. A pipe or a
 * device is written to directly.
 *
 * @returns whether it replaced a file
 * @throws {CommandError}
 */
async function writeAtomically(
  given: string,
  content: AsyncIterable<string>,
): Promise<{ readonly isReplaced: boolean }> {
  const path = await realpath(given).catch(() => given);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new CommandError(`${given} is a folder. Pass a file.`);
  if (existing !== undefined && !existing.isFile()) {
    await pipeline(content, createWriteStream(path)).catch((error: unknown) => {
      throw explained(error, given);
    });
    return { isReplaced: false };
  }
  const partial = `${path}.${process.pid}.partial`;
  const { signal, release } = abortOnSignals();
  try {
    await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600 }), { signal });
    await rename(partial, path);
    return { isReplaced: existing !== undefined };
  } catch (error) {
    // The incomplete file contains password hashes.
    await rm(partial, { force: true });
    if (signal.aborted) throw new CommandError(`Stopped. ${given} was not changed.`);
    const isFolderMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isFolderMissing)
      throw new CommandError(`The folder ${dirname(path)} does not exist. Create it first.`);
    throw explained(error, given);
  } finally {
    release();
  }
}

/** Returns an error that names the file as it was given, not the temporary one. */
function explained(error: unknown, given: string): unknown {
  const named = error instanceof Error && 'path' in error ? Object.assign(error, { path: given }) : error;
  const explanation = explainSystemError(named, given);
  return explanation === undefined ? error : new CommandError(explanation);
}
