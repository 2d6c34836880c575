import { isDeepStrictEqual } from 'node:util';
import type { PostRecord } from '../../lib/django/records.ts';
import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { PostImports, StoredPost } from '../../lib/dynamodb/post-imports.ts';
import { parseDatetime } from '../../lib/posts/datetime.ts';
import type { Post } from '../../lib/posts/post.ts';
import { retryOnConflict } from '../../lib/retry-on-conflict.ts';
import { digestOf } from './digest.ts';
import type { ImportReport } from './report.ts';

export interface PostImportDependencies {
  readonly imports: PostImports;
  readonly counters: Counters;
  readonly index: UserIndex;
  readonly report: ImportReport;
  /** The highest pk that may have been assigned before this import reserved its own. */
  readonly lastPkBefore: number;
}

/** Imports posts by the rules of docs/decisions/001-imported-and-local-records.md. */
export class PostImport {
  readonly #dependencies: PostImportDependencies;
  /** The number of equal records without a pk so far, so that two equal records are two posts. */
  readonly #seen = new Map<string, number>();
  readonly #authors = new Map<number, number>();

  constructor(dependencies: PostImportDependencies) {
    this.#dependencies = dependencies;
  }

  /** Returns the id of a record's author; undefined if no user has the username. */
  authorOf({ fields: { author } }: PostRecord): number | undefined {
    return typeof author === 'number' ? author : this.#dependencies.index.ids.get(author[0]);
  }

  /** Imports up to 100 records whose authors exist. Of two records with the same pk, the later counts. @throws {UnavailableError} */
  async importBatch(records: readonly PostRecord[]): Promise<void> {
    const { imports, report, lastPkBefore } = this.#dependencies;
    const given = await this.#givenPks(records);
    const posts = new Map<number, Post>();
    for (const [index, record] of records.entries()) {
      const pk = record.pk ?? given[index] ?? 0;
      posts.set(pk, postOf(record, pk, this.authorOf(record) ?? 0));
    }
    const stored = await imports.find([...posts.keys()]);
    const changed = [...posts.values()].filter((post) => !isDeepStrictEqual(post, stored.get(post.pk)?.post));
    const created = changed.filter((post) => isNew(post, stored.get(post.pk)));
    // A command may store a post under a pk that was assigned before. Batches have no conditions, so they contain only the
    // other posts.
    const contested = new Set(created.filter(({ pk }) => stored.has(pk) || pk <= lastPkBefore));
    await imports.put(changed.filter((post) => !contested.has(post)));
    await Promise.all([...contested].map((post) => this.#putAlone(post, stored.get(post.pk))));
    for (const { author } of posts.values()) this.#authors.set(author, (this.#authors.get(author) ?? 0) + 1);
    report.replacedSamples += changed.filter(({ pk }) => stored.get(pk)?.isSample).length;
    report.posts.created += created.length;
    report.posts.updated += changed.length - created.length;
    report.posts.unchanged += records.length - changed.length;
  }

  /** Reports authors who do not exist. Call it at the end, because a dump may contain a post before its author. */
  reportMissingAuthors(): void {
    const { index, report } = this.#dependencies;
    for (const [author, posts] of this.#authors) {
      if (!index.usernames.has(author)) report.missingAuthors.set(author, posts);
    }
  }

  /** Returns the pks of records without one, by position: those that were assigned before, or new ones. */
  async #givenPks(records: readonly PostRecord[]): Promise<readonly (number | undefined)[]> {
    const { imports } = this.#dependencies;
    const digests = records.map((record) => (record.pk == null ? this.#identityOf(record) : undefined));
    const named = digests.filter((digest) => digest !== undefined);
    const known = await imports.findGivenPks(named);
    const fresh = named.filter((digest) => !known.has(digest));
    const pks = await this.#takePks(fresh.length);
    const given = new Map(fresh.map((digest, index) => [digest, pks[index] ?? 0]));
    // Stored before the posts, so that an interrupted import finds the same pks again.
    await imports.putGivenPks(given);
    return digests.map((digest) =>
      digest === undefined ? undefined : (known.get(digest) ?? given.get(digest)),
    );
  }

  /** Reserves pks that no post has. */
  async #takePks(count: number): Promise<number[]> {
    const { imports, counters } = this.#dependencies;
    const pks: number[] = [];
    while (pks.length < count) {
      const missing = count - pks.length;
      const first = await counters.take('posts', missing);
      const taken = Array.from({ length: missing }, (_, index) => first + index);
      const stored = await imports.find(taken);
      pks.push(...taken.filter((pk) => !stored.has(pk)));
    }
    return pks;
  }

  /** Stores a post whose pk a command may use at the same time. Moves a post that was created here to another pk. */
  async #putAlone(post: Post, found: StoredPost | undefined): Promise<void> {
    const { imports } = this.#dependencies;
    // Another command may create, change or delete the stored post in the meantime.
    await retryOnConflict(async (attempt) => {
      const stored = attempt === 0 ? found : (await imports.find([post.pk])).get(post.pk);
      return (await this.#tryPut(post, stored)) || undefined;
    });
  }

  async #tryPut(post: Post, stored: StoredPost | undefined): Promise<boolean> {
    const { imports, report } = this.#dependencies;
    if (stored === undefined) return imports.create(post);
    if (!isNew(post, stored)) {
      await imports.put([post]);
      return true;
    }
    const pk = await this.#copy(stored);
    if (pk === undefined) return false;
    report.movedPosts.set(post.pk, pk);
    return imports.replace(post, stored.post);
  }

  /** Copies a post created here to a new pk. Returns the pk, or undefined if the post has changed. */
  async #copy(stored: StoredPost): Promise<number | undefined> {
    const { imports } = this.#dependencies;
    let [pk = 0] = stored.movesTo === undefined ? await this.#takePks(1) : [stored.movesTo];
    for (;;) {
      // Stored before the post is copied, so that an interrupted import moves it to the same pk again.
      if (!(await imports.planMove(stored, pk))) return undefined;
      if (await imports.copy({ ...stored.post, pk })) return pk;
      [pk = 0] = await this.#takePks(1);
    }
  }

  #identityOf(record: PostRecord): string {
    const digest = digestOf(record.fields);
    const count = (this.#seen.get(digest) ?? 0) + 1;
    this.#seen.set(digest, count);
    return `${digest}#${count}`;
  }
}

/**
 * Returns whether a record is not stored yet: its pk is free, or belongs to a post created here. A post with the same
 * `created_at` is the record itself, which was exported from here.
 */
const isNew = (record: Post, stored: StoredPost | undefined): boolean =>
  stored === undefined || (stored.isMadeHere && instantOf(stored.post) !== instantOf(record));

const instantOf = ({ createdAt }: Post): string | undefined => parseDatetime(createdAt)?.instant;

/** Returns the post of a record. */
export const postOf = ({ fields }: PostRecord, pk: number, author: number): Post => ({
  pk,
  author,
  title: fields.title,
  content: fields.content,
  createdAt: fields.created_at,
  updatedAt: fields.updated_at,
  publishedAt: fields.published_at,
});
