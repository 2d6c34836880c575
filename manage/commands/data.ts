import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { writeDump } from '../../lib/django/write-dump.ts';
import { explainSystemError } from '../../tools/kit/failure.ts';
import { fileArgument } from '../../tools/kit/file-argument.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { withTable } from '../connection.ts';
import { dumpRecords } from '../dump-records.ts';
import { exampleOf } from '../example.ts';
import { CommandError } from '../failure.ts';
import { addLoadCommand } from './loaddata.ts';

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
    .addHelpText('after', exampleOf('dumpdata --output dump.json'))
    .action(({ output }: { output?: string }, command: Command) =>
      withTable(command.optsWithGlobals(), { changes: false }, async (table) => {
        const dump = writeDump(dumpRecords(table));
        if (output === undefined) await pipeline(dump, process.stdout, { end: false });
        else await writeAtomically(output, dump);
      }),
    );
}

/**
 * Writes a file that only its owner can read. An existing file is replaced once the new one is complete. A pipe or a
 * device is written to directly.
 *
 * @throws {CommandError}
 */
async function writeAtomically(given: string, content: AsyncIterable<string>): Promise<void> {
  const path = await realpath(given).catch(() => given);
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw new CommandError(`${given} is a folder. Pass a file.`);
  if (existing !== undefined && !existing.isFile()) {
    return pipeline(content, createWriteStream(path)).catch((error: unknown) => {
      throw explained(error, given);
    });
  }
  const partial = `${path}.${process.pid}.partial`;
  const { signal, release } = abortOnSignals();
  try {
    await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600 }), { signal });
    await rename(partial, path);
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
