import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { userRecord, writeDump } from '../../lib/django/write-dump.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { allPosts, allUsers } from '../../lib/dynamodb/listings.ts';
import { serialisePost } from '../../lib/posts/serialise.ts';
import { progressBar } from '../../tools/kit/progress.ts';
import { tell } from '../../tools/kit/terminal.ts';
import { assertAnswerable, type ConnectionOptions, withTable } from '../connection.ts';
import { CommandError } from '../failure.ts';
import { load } from '../import/load.ts';
import type { DumpSource } from '../import/reservation.ts';

/** Adds the commands that move data in and out. */
export function addDataCommands(program: Command): void {
  program
    .command('loaddata <files...>')
    .description('import auth.user and blog.post from what Django’s dumpdata wrote; - reads standard input')
    .option('--dry-run', 'write nothing, and say what would happen')
    .addHelpText(
      'after',
      '\nRunning it again changes only what has changed in the dump. Exit code 1: some records were bad.',
    )
    .action((files: string[], options: { dryRun?: boolean }, command: Command) =>
      loadData(files, options, command.optsWithGlobals()),
    );
  program
    .command('dumpdata')
    .description('write all users and posts as Django’s loaddata takes them; it holds password hashes')
    .option('--output <file>', 'write to a file, readable by its owner alone, instead of standard output')
    .action(({ output }: { output?: string }, command: Command) =>
      withTable(command.optsWithGlobals(), { changes: false }, async (table) => {
        const dump = writeDump(recordsOf(table));
        if (output === undefined) await pipeline(dump, process.stdout, { end: false });
        else await writeWhole(output, dump);
      }),
    );
}

async function* recordsOf(table: Table): AsyncGenerator<unknown> {
  for await (const user of allUsers(table)) yield userRecord(user);
  for await (const post of allPosts(table)) yield serialisePost(post);
}

/**
 * Writes a file, readable by its owner alone; what was there before stays until the new one is whole. A pipe or a device
 * is written to as it is.
 *
 * @throws {CommandError}
 */
async function writeWhole(given: string, content: AsyncIterable<string>): Promise<void> {
  const path = await realpath(given).catch(() => given);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new CommandError(`${given} is a folder.`);
  if (there !== undefined && !there.isFile()) return pipeline(content, createWriteStream(path));
  const partial = `${path}.${process.pid}.partial`;
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  // What was written so far holds password hashes: it does not stay.
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { signal } = stopping;
    await pipeline(content, createWriteStream(partial, { flags: 'wx', mode: 0o600 }), { signal });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (stopping.signal.aborted) throw new CommandError(`Stopped; ${given} is as it was.`);
    const isFolderMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw isFolderMissing ? new CommandError(`There is no folder ${dirname(path)}.`) : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

async function loadData(
  files: readonly string[],
  { dryRun = false }: { dryRun?: boolean },
  options: ConnectionOptions,
): Promise<void> {
  const access = { changes: !dryRun };
  assertAnswerable(options, access);
  const spool = files.includes('-') ? await spoolInput() : undefined;
  const paths = files.map((file) => ({ name: file, path: file === '-' ? (spool?.path ?? file) : file }));
  try {
    const sizes = await Promise.all(paths.map(async ({ path }) => (await stat(path)).size));
    // The import reads each dump twice: the first time to reserve the ids.
    const bar = readProgress(sizes.reduce((sum, size) => sum + size, 0) * 2);
    const sources = paths.map(
      ({ name, path }): DumpSource => ({ name, open: () => bar.watch(createReadStream(path)) }),
    );
    const report = await withTable(options, access, (table) =>
      load({ table, sources, dryRun, onProblem: bar.interrupt }),
    ).finally(bar.stop);
    for (const line of report.lines()) tell(line);
    if (dryRun) tell('A dry run: nothing was written.');
    if (report.hasProblems) process.exitCode = 1;
  } finally {
    await spool?.remove();
  }
}

/** Keeps standard input in a file: a dump may have to be read twice. */
async function spoolInput(): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const path = join(folder, 'dump.json');
  await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }));
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Shows how much of the dumps was read. */
function readProgress(total: number) {
  const bar = progressBar('{bar} {percentage} % of {megabytes} MB, {eta_formatted} left', total);
  let read = 0;
  return {
    ...bar,
    async *watch(chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        yield chunk;
        read += chunk.byteLength;
        bar.show(read, { megabytes: (total / 1e6).toFixed(1) });
      }
    },
  };
}
