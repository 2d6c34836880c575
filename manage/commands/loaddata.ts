import { type Command, InvalidArgumentError, Option } from 'commander';
import { DJANGO_RULES } from '../../lib/django/records.ts';
import { isTimeZone } from '../../lib/posts/datetime-format.ts';
import { fileArgument } from '../../tools/kit/file-argument.ts';
import { progressBar } from '../../tools/kit/progress.ts';
import { printable, tell, warn } from '../../tools/kit/terminal.ts';
import { abortOnSignals } from '../abort-on-signals.ts';
import { assertConfirmable, type ConnectionOptions, withTable } from '../connection.ts';
import { exampleOf } from '../example.ts';
import { CommandError } from '../failure.ts';
import type { DumpSource } from '../import/dump-entries.ts';
import { openDumpFiles } from '../import/dump-files.ts';
import { load } from '../import/load.ts';
import type { ImportReport } from '../import/report.ts';

interface LoadDataOptions {
  readonly dryRun?: boolean;
  readonly timeZone?: string;
  readonly userModel: string;
  readonly usernameField: string;
  readonly ignorenonexistent?: boolean;
  readonly refuseCaseConflicts?: boolean;
}

const EXAMPLES = [
  'loaddata dump.json --dry-run',
  'loaddata users.json posts.json.gz',
  'loaddata dump.json --user-model accounts.user --username-field email',
];

const HELP = `
A file is a JSON array or JSON lines, as it is or compressed by gzip or zip.
A second run imports only the changes in the dump.
Exit code 1: some records were not valid, posts have authors who do not exist, or there were no records.

${EXAMPLES.map((example) => exampleOf(example).trim()).join('\n')}`;

/** Adds the command that imports data. */
export function addLoadCommand(program: Command): void {
  program
    .command('loaddata <files...>')
    .description('import the users and posts of files that dumpdata of Django wrote; - reads standard input')
    .addOption(
      new Option(
        '--time-zone <name>',
        'the TIME_ZONE of a project with USE_TZ = False; new records are written in its local time',
      ).argParser(parseTimeZone),
    )
    .addOption(
      new Option('--user-model <app.model>', 'the user model of the project')
        .default(DJANGO_RULES.userModel)
        .argParser(parseModel),
    )
    .option(
      '--username-field <name>',
      'the field by which users log in: USERNAME_FIELD of the user model',
      DJANGO_RULES.usernameField,
    )
    .option(
      '--ignorenonexistent',
      'ignore fields that the model does not have in this service, and import the rest of the record',
    )
    .option('--refuse-case-conflicts', 'import nothing if usernames differ by case only')
    .option('--dry-run', 'print the result without writing anything')
    .addHelpText('after', HELP)
    .action((files: string[], options: LoadDataOptions, command: Command) =>
      loadData(files, options, command.optsWithGlobals()),
    );
}

function parseTimeZone(name: string): string {
  if (isTimeZone(name)) return name;
  throw new InvalidArgumentError('It is not a name of the IANA time zone database, such as Asia/Seoul.');
}

function parseModel(name: string): string {
  if (/^\w+\.\w+$/.test(name)) return name;
  throw new InvalidArgumentError('A model is written as app.model, such as accounts.user.');
}

async function loadData(
  names: readonly string[],
  { dryRun = false, timeZone, refuseCaseConflicts = false, ...options }: LoadDataOptions,
  connection: ConnectionOptions,
): Promise<void> {
  const access = { changes: !dryRun };
  assertConfirmable(connection, access);
  const { signal, release } = abortOnSignals();
  const stopped = () =>
    new CommandError(`Stopped.${dryRun ? '' : ' Run the command again to complete the import.'}`);
  const { files, close } = await openDumpFiles(names.map(fileArgument), signal);
  try {
    if (signal.aborted) throw stopped();
    // The import reads each dump twice: the first time to reserve the ids.
    const bar = readProgress(files.reduce((sum, { bytes }) => sum + bytes, 0) * 2);
    const sources = files.map(
      ({ name, path, open }): DumpSource => ({
        ...{ name, path },
        open: () => bar.watch(open(), () => signal.aborted && stopped()),
      }),
    );
    const print = (line: string) => bar.interrupt(printable(line));
    const rules = {
      userModel: options.userModel,
      usernameField: options.usernameField,
      ignoresUnknownFields: options.ignorenonexistent ?? false,
    };
    const report = await withTable(connection, access, (table) =>
      load({
        ...{ table, sources, dryRun, timeZone, rules, refusesCaseConflicts: refuseCaseConflicts },
        ...{ onProblem: print, onFinding: print },
      }),
    ).finally(bar.stop);
    printReport(report, dryRun);
  } finally {
    release();
    await close();
  }
}

function printReport(report: ImportReport, dryRun: boolean): void {
  const { users, posts, broken, others } = report;
  const records = [...Object.values(users), ...Object.values(posts)].reduce((sum, count) => sum + count, 0);
  // If no file could be read, its error is the result.
  const isUnread = records + others.size === 0 && broken > 0;
  if (!isUnread) for (const line of report.lines()) tell(printable(line));
  if (report.renumbered.size > 0) {
    tell('Tokens of accounts with a new id are no longer valid: log in again.');
  }
  if (dryRun) tell('Nothing was written, because of --dry-run.');
  const isEmpty = !report.isRefused && records + broken === 0;
  if (isEmpty) {
    warn('The dump contains no users and no posts. Dump them with: dumpdata auth.user blog.post');
  }
  if (report.hasProblems || isEmpty) process.exitCode = 1;
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
