import type { Clock } from '../../lib/clock.ts';
import { TOO_LARGE } from '../../lib/django/read-dump.ts';
import {
  DJANGO_RULES,
  type PostRecord,
  type RecordRules,
  type UserRecord,
} from '../../lib/django/records.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { itemBytes } from '../../lib/dynamodb/item-size.ts';
import type { Item } from '../../lib/dynamodb/items.ts';
import type { CounterName } from '../../lib/dynamodb/keys.ts';
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
import type { Apply } from './apply.ts';
import { type DumpEntry, type DumpSource, entriesOf, isValid, type ValidEntry } from './dump-entries.ts';
import { FormatDetector } from './format-detector.ts';
import { PostImport } from './import-posts.ts';
import { UserImport } from './import-users.ts';
import { postOf } from './post-plan.ts';
import { ImportReport } from './report.ts';
import { COUNTER_OF, type Survey, surveyDumps } from './survey.ts';
import { userOf } from './user-plan.ts';
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
 * Imports dumps. Reports and skips invalid records, and users whose username another one has. Reserves all ids first. If
 * records have no pk, or posts name their authors by username, imports all users before the posts, and records without a
 * pk under ids that no record has.
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
  const apply: Apply = dryRun ? async (_change, planned) => planned : (change) => change();
  const counters = createCounters(table);
  const { highest, isNumbered, damaged } = await surveyDumps(sources, rules, report);
  if (refusesCaseConflicts && report.caseConflicts.size > 0) {
    report.isRefused = true;
    return report;
  }
  for (const finding of report.findings()) onFinding(finding);
  // The ids are reserved first, so that no other command is assigned one of them, even if the import is interrupted. See
  // docs/decisions/017-ids-are-reserved-before-an-import-writes.md. A user who is stored after the index is read finds them
  // reserved.
  const reserve = (name: CounterName, last: number) =>
    last === 0 ? 0 : apply(() => counters.reserve(name, last), 0);
  await reserve('users', highest.users);
  const lastPkBefore = await reserve('posts', highest.posts);
  const index = await readUserIndex(table);
  const parts = { counters, index, report, apply };
  const users = new UserImport({ ...parts, clock, imports: createUserImports(table) });
  const posts = new PostImport({ ...parts, lastPkBefore, imports: createPostImports(table) });
  await users.separateDoubles();
  const loader = new Loader({ users, posts, report, rules, onProblem, highest });
  for (const broken of damaged.values()) loader.report(broken);
  const whole = sources.filter((source) => !damaged.has(source));
  for (const [position, pass] of (isNumbered ? [EVERYTHING] : USERS_FIRST).entries()) {
    for (const source of whole) await loader.load(source, pass, { reports: position === 0 });
  }
  posts.reportMissingAuthors();
  const formats = createImportedFormats(table);
  const datetimeFormat = loader.formats.datetimeFormat(await formats.datetimeFormat(), timeZone);
  const { userModel } = loader.formats;
  report.datetimeFormat = datetimeFormat;
  await apply(async () => {
    if (datetimeFormat !== undefined) await formats.putDatetimeFormat(datetimeFormat);
    if (userModel !== undefined) await formats.putUserModel(userModel);
  }, undefined);
  return report;
}

/** Which records a pass over the dumps imports. */
type Pass = (read: ValidEntry) => boolean;

const EVERYTHING: Pass = () => true;
const USERS_FIRST: readonly Pass[] = [
  ({ kind, record }) => kind === 'user' && record.pk != null,
  ({ kind, record }) => kind === 'user' && record.pk == null,
  ({ kind, record }) => kind === 'post' && record.pk != null,
  ({ kind, record }) => kind === 'post' && record.pk == null,
];

interface Parts extends Required<Pick<LoadOptions, 'rules' | 'onProblem'>> {
  readonly users: UserImport;
  readonly posts: PostImport;
  readonly report: ImportReport;
  /** The ids that are reserved for the dumps. */
  readonly highest: Survey['highest'];
}

/** Reads dumps and imports their records in batches. */
class Loader {
  readonly formats: FormatDetector;
  readonly #parts: Parts;
  readonly #users: UserRecord[] = [];
  readonly #posts: PostRecord[] = [];
  readonly #owners = new UsernameOwners();
  #bytes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.formats = new FormatDetector(parts.rules);
  }

  /** Imports the records of a dump that belong to a pass. Reports the others that are not imported, if this pass does so. */
  async load(source: DumpSource, pass: Pass, { reports }: { reports: boolean }): Promise<void> {
    for await (const entry of entriesOf(source, this.#parts.rules)) {
      if (reports) this.report(entry);
      if (isValid(entry) && pass(entry)) await this.#add(entry);
    }
    await this.#flush();
  }

  /** Reports an entry that is not imported. */
  report(entry: DumpEntry): void {
    const { report } = this.#parts;
    if (entry.kind === 'broken') {
      this.#refuse(entry, undefined, entry.error.message);
      return;
    }
    report.countUnknownFields(entry.model ?? '', entry.unknownFields);
    if (entry.kind === 'other') report.countOther(entry.model ?? '', entry.isUserModel);
    if (entry.kind === 'invalid') this.#refuse(entry, entry.of, entry.problems.join('; '));
  }

  async #add(entry: ValidEntry): Promise<void> {
    const { kind, record } = entry;
    if ((record.pk ?? 0) > this.#parts.highest[COUNTER_OF[kind]]) {
      throw new CommandError('The dump changed while it was read. Run the command again.');
    }
    // The author of a post may be one of the users that are not imported yet.
    if (kind === 'post' && this.#users.length > 0) await this.#flush();
    const item = itemOf(entry);
    const problem = isTooLarge(item) ? TOO_LARGE : this.#problemOf(entry);
    if (problem !== undefined) {
      this.#refuse(entry, kind, problem);
      return;
    }
    this.formats.add(entry);
    if (kind === 'user') this.#users.push(record);
    else this.#posts.push(record);
    this.#bytes += itemBytes(item);
    const isFull = [this.#users, this.#posts].some(({ length }) => length === BATCH);
    if (isFull || this.#bytes >= BATCH_BYTES) await this.#flush();
  }

  #problemOf({ kind, record }: ValidEntry): string | undefined {
    if (kind === 'user') {
      return this.#owners.claim(record) ? undefined : 'another user of the dumps has the username';
    }
    const author = this.#parts.posts.authorOf(record);
    return author === undefined ? 'no user has the name in fields.author' : undefined;
  }

  async #flush(): Promise<void> {
    const { users, posts } = this.#parts;
    this.#bytes = 0;
    if (this.#users.length > 0) await users.importBatch(this.#users.splice(0));
    if (this.#posts.length > 0) await posts.importBatch(this.#posts.splice(0));
  }

  /** @param of undefined for a file that is not read to its end, or a record without a model */
  #refuse({ where, model }: DumpEntry, of: 'user' | 'post' | undefined, problem: string): void {
    const { report, onProblem } = this.#parts;
    if (of === undefined) report.broken += 1;
    else report[COUNTER_OF[of]].invalid += 1;
    onProblem(`${where}${model === undefined ? '' : ` (${model})`}: ${problem}`);
  }
}

/** Returns the attributes of a record, for its size. */
const itemOf = (entry: ValidEntry): Item =>
  entry.kind === 'user'
    ? userAttributes({ user: userOf(entry.record, 0), imported: undefined })
    : postItem(postOf(entry.record, 0, 0));
