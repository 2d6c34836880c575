import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { writeDump } from '../../lib/django/write-dump.ts';
import { isTimeZone } from '../../lib/posts/datetime-format.ts';
import { explainSystemError } from '../../tools/kit/failure.ts';
import { progressBar } from '../../tools/kit/progress.ts';
import { tell, warn } from '../../tools/kit/terminal.ts';
import { assertConfirmable, type ConnectionOptions, withTable } from '../connection.ts';
import { checkDumpFile } from '../dump-file.ts';
import { dumpRecords } from '../dump-records.ts';
import { exampleOf } from '../example.ts';
import { CommandError } from '../failure.ts';
import { load } from '../import/load.ts';
import type { ImportReport } from '../import/report.ts';
import type { DumpSource } from '../import/reservation.ts';

/** Adds the commands that import and export data. */
export function addDataCommands(program: Command): void {
  program
    .command('loaddata <files...>')
    .description('import the users and posts of files that dumpdata of Django wrote; - reads standard input')
    .addOption(
      new Option(
        '--time-zone <name>',
        'the TIME_ZONE of a project with USE_TZ = False; new records are written in its local time',
      ).argParser(parseTimeZone),
    )
    .option('--dry-run', 'print the result without writing anything')
    .addHelpText(
      'after',
      '\nA second run imports only what has changed in the dump.' +
        '\nExit code 1: some records were not valid, or there were none.' +
        `\n${exampleOf('loaddata dump.json --dry-run')}`,
    )
    .action((files: string[], options: LoadDataOptions, command: Command) =>
      loadData(files, options, command.optsWithGlobals()),
    );
  program
    .command('dumpdata')
    .description('export all users and posts for loaddata of Django; the dump contains password hashes')
    .option('--output <file>', 'write to a file that only its owner can read, instead of standard output')
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
    if (isFolderMissing) throw new CommandError(`There is no folder ${dirname(path)}. Create it first.`);
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

/** Aborts at the first Ctrl-C or SIGTERM. The next one ends the process. */
function abortOnSignals(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
    },
  };
}

interface LoadDataOptions {
  readonly dryRun?: boolean;
  readonly timeZone?: string;
}

function parseTimeZone(name: string): string {
  if (isTimeZone(name)) return name;
  throw new InvalidArgumentError('It is not a name of the IANA time zone database, such as Asia/Seoul.');
}

async function loadData(
  files: readonly string[],
  { dryRun = false, timeZone }: LoadDataOptions,
  options: ConnectionOptions,
): Promise<void> {
  const access = { changes: !dryRun };
  assertConfirmable(options, access);
  const { signal, release } = abortOnSignals();
  const stopped = () =>
    new CommandError(`Stopped.${dryRun ? '' : ' Run the command again to complete the import.'}`);
  const spool = files.includes('-') ? await spoolInput(signal) : undefined;
  const paths = files.map((file) =>
    file === '-' ? { name: 'standard input', path: spool?.path ?? file } : { name: file, path: file },
  );
  try {
    if (signal.aborted) throw stopped();
    const sizes: number[] = [];
    for (const { name, path } of paths) sizes.push(await checkDumpFile(name, path));
    // The import reads each dump twice: the first time to reserve the ids.
    const bar = readProgress(sizes.reduce((sum, size) => sum + size, 0) * 2);
    const sources = paths.map(({ name, path }): DumpSource => {
      const open = () => bar.watch(createReadStream(path), () => signal.aborted && stopped());
      return { name, open };
    });
    const report = await withTable(options, access, (table) =>
      load({ table, sources, dryRun, timeZone, onProblem: bar.interrupt }),
    ).finally(bar.stop);
    printReport(report, dryRun);
  } finally {
    release();
    await spool?.remove();
  }
}

function printReport(report: ImportReport, dryRun: boolean): void {
  for (const line of report.lines()) tell(line);
  if (report.renumbered.size > 0) {
    tell('Tokens of accounts with a new id are no longer valid: log in again.');
  }
  if (dryRun) tell('Nothing was written, because of --dry-run.');
  const { users, posts, broken } = report;
  const counts = [...Object.values(users), ...Object.values(posts), broken];
  const isEmpty = counts.every((count) => count === 0);
  if (isEmpty) {
    warn('There are no users and no posts in the dump. Dump them with: dumpdata auth.user blog.post');
  }
  if (report.hasProblems || isEmpty) process.exitCode = 1;
}

/** Copies standard input to a temporary file, because a dump may be read twice. */
async function spoolInput(signal: AbortSignal): Promise<{ path: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const path = join(folder, 'dump.json');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(process.stdin, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (error) {
    await remove();
    throw signal.aborted ? new CommandError('Stopped. Nothing was changed.') : error;
  }
  return { path, remove };
}

/** Shows the progress of reading dumps. */
function readProgress(total: number) {
  const bar = progressBar('{bar} {percentage} % of {megabytes} MB, {eta_formatted} left', total);
  let read = 0;
  return {
    ...bar,
    /** Passes chunks on. Throws the error of `stopped` before the next chunk, if there is one. */
    async *watch(chunks: AsyncIterable<Uint8Array>, stopped: () => Error | false) {
      for await (const chunk of chunks) {
        const error = stopped();
        if (error) throw error;
        yield chunk;
        read += chunk.byteLength;
        bar.show(read, { megabytes: (total / 1e6).toFixed(1) });
      }
    },
  };
}
