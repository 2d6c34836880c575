import type { Clock } from '../../lib/clock.ts';
import { DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { type PostRecord, readRecord, type UserRecord } from '../../lib/django/records.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { readUserIndex } from '../../lib/dynamodb/listings.ts';
import {
  createCounters,
  createDatetimeFormats,
  createPostImports,
  createUserImports,
} from '../../lib/wiring.ts';
import { isTooLarge } from '../record-size.ts';
import { DryRunCounters, DryRunPostImports, DryRunUserImports } from './dry-run.ts';
import { PostImport } from './import-posts.ts';
import { UserImport } from './import-users.ts';
import { ImportedDatetimes } from './imported-datetimes.ts';
import { ImportReport } from './report.ts';
import { type DumpSource, reserveIds } from './reservation.ts';

const BATCH = 100;

export interface LoadOptions {
  readonly table: Table;
  readonly sources: readonly DumpSource[];
  /** Whether to write nothing, and only report what an import would do. */
  readonly dryRun: boolean;
  /** Called with the position and the problem of each invalid record. */
  readonly onProblem: (line: string) => void;
  readonly clock?: Clock;
  /** Time zone of datetimes without an offset, as in Django's setting `TIME_ZONE`. */
  readonly timeZone?: string | undefined;
}

/**
 * Imports dumps. Reports and skips invalid records. Reserves all ids first. Imports records without a pk last, under ids that
 * no record has.
 *
 * @throws {UnavailableError}
 */
export async function load({
  table,
  sources,
  dryRun,
  onProblem,
  clock = Date.now,
  timeZone,
}: LoadOptions): Promise<ImportReport> {
  const report = new ImportReport();
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
  // In this order, so that a user who is stored after the index is read finds the ids reserved.
  const { posts: lastPkBefore } = await reserveIds(counters, sources);
  const index = await readUserIndex(table);
  const users = new UserImport({ counters, index, report, clock, imports: storage.users });
  const posts = new PostImport({ counters, index, report, imports: storage.posts, lastPkBefore });
  await users.separateDoubles();
  const datetimes = new ImportedDatetimes();
  const loader = new Loader({ users, posts, report, datetimes, onProblem });
  const incomplete: DumpSource[] = [];
  for (const source of sources) {
    if ((await loader.loadNumbered(source)) > 0) incomplete.push(source);
  }
  for (const source of incomplete) await loader.loadUnnumbered(source);
  posts.reportMissingAuthors();
  const formats = createDatetimeFormats(table);
  report.datetimeFormat = datetimes.formatAfter(await formats.find(), timeZone);
  if (!dryRun) await formats.put(report.datetimeFormat);
  return report;
}

interface Parts {
  readonly users: UserImport;
  readonly posts: PostImport;
  readonly report: ImportReport;
  readonly datetimes: ImportedDatetimes;
  readonly onProblem: (line: string) => void;
}

class Loader {
  readonly #parts: Parts;
  readonly #users: UserRecord[] = [];
  readonly #posts: PostRecord[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Imports the records of a dump that have a pk, and reports invalid ones. Returns how many have no pk. */
  async loadNumbered(source: DumpSource): Promise<number> {
    const { report, onProblem } = this.#parts;
    let unnumbered = 0;
    try {
      for await (const { place, value } of readDump(source.open())) {
        const where = `${source.name}, record ${place}`;
        const read = readRecord(value);
        if (read.kind === 'other') report.countOther(read.model);
        else if (read.kind === 'invalid') this.#refuse(read.of, where, read.problems.join('; '));
        else if (isTooLarge(value))
          this.#refuse(read.kind, where, 'it is larger than an item may be, 400 KB');
        else if (read.record.pk == null) unnumbered += 1;
        else if (read.kind === 'user') await this.#addUser(read.record);
        else await this.#addPost(read.record, where);
      }
    } catch (error) {
      if (!(error instanceof DumpSyntaxError)) throw error;
      report.broken += 1;
      onProblem(`${source.name}, after record ${error.records}: ${error.message}`);
    }
    await this.#flush();
    return unnumbered;
  }

  /** Imports the records of a dump that have no pk, after {@link loadNumbered}. */
  async loadUnnumbered(source: DumpSource): Promise<void> {
    try {
      for await (const { place, value } of readDump(source.open())) {
        const read = readRecord(value);
        if ((read.kind !== 'user' && read.kind !== 'post') || read.record.pk != null || isTooLarge(value))
          continue;
        if (read.kind === 'user') await this.#addUser(read.record);
        else await this.#addPost(read.record, `${source.name}, record ${place}`);
      }
    } catch (error) {
      if (!(error instanceof DumpSyntaxError)) throw error;
    }
    await this.#flush();
  }

  async #addUser(record: UserRecord): Promise<void> {
    this.#parts.datetimes.add(record.fields.date_joined);
    this.#users.push(record);
    if (this.#users.length === BATCH) await this.#flush();
  }

  async #addPost(record: PostRecord, where: string): Promise<void> {
    // Its author may be one of the users that are not imported yet.
    if (this.#users.length > 0) await this.#flush();
    if (this.#parts.posts.authorOf(record) === undefined) {
      this.#refuse('post', where, 'fields.author is the name of nobody');
      return;
    }
    this.#parts.datetimes.add(record.fields.created_at);
    this.#posts.push(record);
    if (this.#posts.length === BATCH) await this.#flush();
  }

  async #flush(): Promise<void> {
    const { users, posts } = this.#parts;
    if (this.#users.length > 0) await users.importBatch(this.#users.splice(0));
    if (this.#posts.length > 0) await posts.importBatch(this.#posts.splice(0));
  }

  #refuse(kind: 'user' | 'post' | undefined, where: string, problem: string): void {
    const { report, onProblem } = this.#parts;
    if (kind === 'user') report.users.invalid += 1;
    else if (kind === 'post') report.posts.invalid += 1;
    else report.broken += 1;
    onProblem(`${where}${kind === undefined ? '' : ` (${MODELS[kind]})`}: ${problem}`);
  }
}

const MODELS = { user: 'auth.user', post: 'blog.post' };
