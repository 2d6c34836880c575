import type { Clock } from '../../lib/clock.ts';
import { DumpSyntaxError, readDump, TOO_LARGE } from '../../lib/django/read-dump.ts';
import {
  DJANGO_RULES,
  POST_MODEL,
  type PostRecord,
  type ReadRecord,
  type RecordRules,
  readRecord,
  UNKNOWN_DATE,
  type UserRecord,
} from '../../lib/django/records.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { itemBytes } from '../../lib/dynamodb/item-size.ts';
import type { Item } from '../../lib/dynamodb/items.ts';
import { readUserIndex } from '../../lib/dynamodb/listings.ts';
import { postItem } from '../../lib/dynamodb/post-item.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import {
  createCounters,
  createImportedFormats,
  createPostImports,
  createUserImports,
} from '../../lib/wiring.ts';
import { CommandError } from '../failure.ts';
import { isTooLarge } from '../record-size.ts';
import { DryRunCounters, DryRunPostImports, DryRunUserImports } from './dry-run.ts';
import { PostImport, postOf } from './import-posts.ts';
import { UserImport, userOf } from './import-users.ts';
import { ImportedDatetimes } from './imported-datetimes.ts';
import { ImportedUserModel } from './imported-user-model.ts';
import { ImportReport } from './report.ts';
import { type DumpSource, reserveIds } from './reservation.ts';
import { COUNTER_OF, type Survey, surveyDumps } from './survey.ts';
import { UsernameOwners } from './username-owners.ts';

const BATCH = 100;
/** The size of the items of a batch that are sent at once: about a second at 10 Mbit/s. */
export const BATCH_BYTES = 1_000_000;

export interface LoadOptions {
  readonly table: Table;
  readonly sources: readonly DumpSource[];
  /** Whether to write nothing, and only report what an import would do. */
  readonly dryRun: boolean;
  /** Called with the position and the problem of each invalid record. */
  readonly onProblem: (line: string) => void;
  /** Called with each finding of {@link ImportReport.findings} before anything is written. */
  readonly onFinding?: (line: string) => void;
  readonly clock?: Clock;
  /** Time zone of datetimes without an offset, as in Django's setting `TIME_ZONE`. */
  readonly timeZone?: string | undefined;
  /** The models and fields of the dumps, if they are not those of Django. */
  readonly rules?: RecordRules;
  /** Whether to refuse dumps with usernames that differ by case only. */
  readonly refusesCaseConflicts?: boolean;
}

/**
 * Imports dumps. Reports and skips invalid records, and users whose username another one has. Reserves all ids first. If records have no pk, or posts name their authors
 * by username, imports all users before the posts, and records without a pk under ids that no record has.
 *
 * @throws {CommandError} if a dump contains an id that was not reserved, because it changed
 * @throws {UnavailableError}
 */
export async function load({
  table,
  sources,
  dryRun,
  onProblem,
  onFinding = () => {},
  clock = Date.now,
  timeZone,
  rules = DJANGO_RULES,
  refusesCaseConflicts = false,
}: LoadOptions): Promise<ImportReport> {
  const report = new ImportReport();
  report.leavesFieldsOut = rules.ignoresUnknownFields;
  report.isTimeZoneNamed = timeZone !== undefined;
  const storage = dryRun
    ? {
        counters: new DryRunCounters(table),
        users: new DryRunUserImports(table),
        posts: new DryRunPostImports(table),
      }
    : {
        counters: createCounters(table),
        users: createUserImports(table),
        posts: createPostImports(table),
      };
  const { counters } = storage;
  const { highest, isNumbered, damaged } = await surveyDumps(sources, rules, report);
  if (refusesCaseConflicts && report.caseConflicts.size > 0) {
    report.isRefused = true;
    return report;
  }
  for (const finding of report.findings()) onFinding(finding);
  // In this order, so that a user who is stored after the index is read finds the ids reserved.
  const { posts: lastPkBefore } = await reserveIds(counters, highest);
  const index = await readUserIndex(table);
  const users = new UserImport({ counters, index, report, clock, imports: storage.users });
  const posts = new PostImport({ counters, index, report, imports: storage.posts, lastPkBefore });
  await users.separateDoubles();
  const datetimes = new ImportedDatetimes();
  const userModel = new ImportedUserModel(rules);
  const loader = new Loader({ users, posts, report, rules, datetimes, userModel, onProblem, highest });
  const [first = EVERYTHING, ...others] = isNumbered ? [EVERYTHING] : USERS_FIRST;
  for (const [{ name }, { message }] of damaged) loader.reportBroken(`${name}: ${message}`);
  const whole = sources.filter((source) => !damaged.has(source));
  for (const source of whole) await loader.load(source, first, { reports: true });
  for (const pass of others) {
    for (const source of whole) await loader.load(source, pass, { reports: false });
  }
  posts.reportMissingAuthors();
  const formats = createImportedFormats(table);
  const format = datetimes.formatAfter(await formats.datetimeFormat(), timeZone);
  if (!datetimes.isEmpty) report.datetimeFormat = format;
  if (!dryRun) await formats.putDatetimeFormat(format);
  if (!dryRun && userModel.found !== undefined) await formats.putUserModel(userModel.found);
  return report;
}

/** Which records a pass over the dumps imports. */
type Pass = (read: ValidRecord) => boolean;
type ValidRecord = Extract<ReadRecord, { kind: 'user' | 'post' }>;

const EVERYTHING: Pass = () => true;
const USERS_FIRST: readonly Pass[] = [
  ({ kind, record }) => kind === 'user' && record.pk != null,
  ({ kind, record }) => kind === 'user' && record.pk == null,
  ({ kind, record }) => kind === 'post' && record.pk != null,
  ({ kind, record }) => kind === 'post' && record.pk == null,
];

interface Parts {
  readonly users: UserImport;
  readonly posts: PostImport;
  readonly report: ImportReport;
  readonly datetimes: ImportedDatetimes;
  readonly userModel: ImportedUserModel;
  readonly rules: RecordRules;
  readonly onProblem: (line: string) => void;
  /** The ids that are reserved for the dumps. */
  readonly highest: Survey['highest'];
}

class Loader {
  readonly #parts: Parts;
  readonly #users: UserRecord[] = [];
  readonly #posts: PostRecord[] = [];
  readonly #owners = new UsernameOwners();
  #bytes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Imports the records of a dump that belong to a pass. Reports the others that are not imported, if this pass does so. */
  async load(source: DumpSource, pass: Pass, { reports }: { reports: boolean }): Promise<void> {
    const { rules } = this.#parts;
    try {
      for await (const record of readDump(source.open(), source.path)) {
        const read = readRecord(record, rules);
        const where = `${source.name}, record ${record.place}`;
        if (reports) this.#report(read, where);
        if ((read.kind !== 'user' && read.kind !== 'post') || !pass(read)) continue;
        this.#assertReserved(read);
        const item = itemOf(read);
        const bytes = itemBytes(item);
        if (isTooLarge(item)) this.#refuse(read.kind, read.model, where, TOO_LARGE);
        else if (read.kind === 'user') await this.#addUser(read, bytes, where);
        else await this.#addPost(read.record, bytes, where);
      }
    } catch (error) {
      if (!(error instanceof DumpSyntaxError)) throw error;
      const where = error.records === 0 ? source.name : `${source.name}, after record ${error.records}`;
      if (reports) this.reportBroken(`${where}: ${error.message}`);
    }
    await this.#flush();
  }

  /** Reports a file that is not read to its end. */
  reportBroken(problem: string): void {
    this.#parts.report.broken += 1;
    this.#parts.onProblem(problem);
  }

  #report(read: ReadRecord, where: string): void {
    const { report } = this.#parts;
    report.countUnknownFields(read.model ?? '', read.unknownFields);
    if (read.kind === 'other') report.countOther(read.model ?? '', read.isUserModel);
    else if (read.kind === 'invalid') this.#refuse(read.of, read.model, where, read.problems.join('; '));
  }

  /** @throws {CommandError} */
  #assertReserved({ kind, record }: ValidRecord): void {
    if ((record.pk ?? 0) <= this.#parts.highest[COUNTER_OF[kind]]) return;
    throw new CommandError('The dump changed while it was read. Run the command again.');
  }

  async #addUser(
    { record, model, fields }: Extract<ReadRecord, { kind: 'user' }>,
    bytes: number,
    where: string,
  ): Promise<void> {
    if (!this.#owners.claim(record)) {
      this.#refuse('user', model, where, 'another user of the dumps has the username');
      return;
    }
    this.#parts.userModel.add(model, fields);
    if (record.fields.date_joined !== UNKNOWN_DATE) this.#parts.datetimes.add(record.fields.date_joined);
    this.#users.push(record);
    this.#bytes += bytes;
    if (this.#isFull(this.#users)) await this.#flush();
  }

  async #addPost(record: PostRecord, bytes: number, where: string): Promise<void> {
    // Its author may be one of the users that are not imported yet.
    if (this.#users.length > 0) await this.#flush();
    if (this.#parts.posts.authorOf(record) === undefined) {
      this.#refuse('post', POST_MODEL, where, 'no user has the name in fields.author');
      return;
    }
    this.#parts.datetimes.add(record.fields.created_at);
    this.#posts.push(record);
    this.#bytes += bytes;
    if (this.#isFull(this.#posts)) await this.#flush();
  }

  #isFull(records: readonly unknown[]): boolean {
    return records.length === BATCH || this.#bytes >= BATCH_BYTES;
  }

  async #flush(): Promise<void> {
    const { users, posts } = this.#parts;
    this.#bytes = 0;
    if (this.#users.length > 0) await users.importBatch(this.#users.splice(0));
    if (this.#posts.length > 0) await posts.importBatch(this.#posts.splice(0));
  }

  #refuse(
    kind: 'user' | 'post' | undefined,
    model: string | undefined,
    where: string,
    problem: string,
  ): void {
    const { report, onProblem } = this.#parts;
    if (kind === 'user') report.users.invalid += 1;
    else if (kind === 'post') report.posts.invalid += 1;
    else report.broken += 1;
    onProblem(`${where}${model === undefined ? '' : ` (${model})`}: ${problem}`);
  }
}

/** Returns the attributes of a record, for its size. */
const itemOf = (read: ValidRecord): Item =>
  read.kind === 'user'
    ? userAttributes({ user: userOf(read.record, 0), imported: undefined })
    : postItem(postOf(read.record, 0, 0));
