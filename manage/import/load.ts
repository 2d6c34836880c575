import type { Clock } from '../../lib/clock.ts';
import { DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { type PostRecord, readRecord, type UserRecord } from '../../lib/django/records.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { readUserIndex } from '../../lib/dynamodb/listings.ts';
import { createCounters, createPostImports, createUserImports } from '../../lib/wiring.ts';
import { isTooLarge } from '../record-size.ts';
import { PostImport } from './import-posts.ts';
import { UserImport } from './import-users.ts';
import { ImportReport } from './report.ts';
import { type DumpSource, reserveIds } from './reservation.ts';

const BATCH = 100;

export interface LoadOptions {
  readonly table: Table;
  readonly sources: readonly DumpSource[];
  /** Nothing is written, all is counted. */
  readonly dryRun: boolean;
  /** Told of each bad record: where it stands and what is wrong. */
  readonly onProblem: (line: string) => void;
  readonly clock?: Clock;
}

/**
 * Imports dumps: reports and leaves out what is broken, imports the rest. Reserves all ids first. Records without a pk
 * come last and get ids that no record has.
 *
 * @throws {UnavailableError}
 */
export async function load({
  table,
  sources,
  dryRun,
  onProblem,
  clock = Date.now,
}: LoadOptions): Promise<ImportReport> {
  const report = new ImportReport();
  const counters = createCounters(table);
  // In this order: a user who is stored after the ids are read finds them reserved.
  const before = dryRun ? { posts: 0 } : await reserveIds(counters, sources);
  const shared = { counters, index: await readUserIndex(table), report, dryRun };
  const users = new UserImport({ ...shared, clock, imports: createUserImports(table) });
  const posts = new PostImport({ ...shared, imports: createPostImports(table), lastPkBefore: before.posts });
  await users.separateDoubles();
  const loader = new Loader({ users, posts, report, onProblem });
  const incomplete: DumpSource[] = [];
  for (const source of sources) {
    if ((await loader.loadNumbered(source)) > 0) incomplete.push(source);
  }
  for (const source of incomplete) await loader.loadUnnumbered(source);
  posts.reportMissingAuthors();
  return report;
}

interface Parts {
  readonly users: UserImport;
  readonly posts: PostImport;
  readonly report: ImportReport;
  readonly onProblem: (line: string) => void;
}

class Loader {
  readonly #parts: Parts;
  readonly #users: UserRecord[] = [];
  readonly #posts: PostRecord[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Imports the records of a dump that have a pk, reports all that are bad, and gives how many have none. */
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

  /** Imports the records of a dump that have no pk; the others were looked at before. */
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
    this.#users.push(record);
    if (this.#users.length === BATCH) await this.#flush();
  }

  async #addPost(record: PostRecord, where: string): Promise<void> {
    // Its author may be one of those that wait.
    if (this.#users.length > 0) await this.#flush();
    if (this.#parts.posts.authorOf(record) === undefined) {
      this.#refuse('post', where, 'fields.author is the name of nobody');
      return;
    }
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
