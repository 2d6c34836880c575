import type { PostRecord } from '../../lib/django/records.ts';
import type { PostImports, StoredPost } from '../../lib/dynamodb/post-imports.ts';
import type { Post } from '../../lib/posts/post.ts';
import { retryOnConflict } from '../../lib/retry-on-conflict.ts';
import type { ImportParts } from './apply.ts';
import { digestOf } from './digest.ts';
import { isNew, type PostPlan, planPosts, postOf } from './post-plan.ts';

export interface PostImportParts extends ImportParts {
  readonly imports: PostImports;
  /** The highest pk that may have been assigned before this import reserved its own. */
  readonly lastPkBefore: number;
}

/** Imports posts: reads those with the same pks, plans, and applies the plan. */
export class PostImport {
  readonly #parts: PostImportParts;
  /** The number of equal records without a pk so far, so that two equal records are two posts. */
  readonly #seen = new Map<string, number>();
  readonly #authors = new Map<number, number>();

  constructor(parts: PostImportParts) {
    this.#parts = parts;
  }

  /** Returns the id of a record's author; undefined if no user has the username. */
  authorOf({ fields: { author } }: PostRecord): number | undefined {
    return typeof author === 'number' ? author : this.#parts.index.ids.get(author[0]);
  }

  /** Imports up to 100 records whose authors exist. Of two records with the same pk, the later counts. @throws {UnavailableError} */
  async importBatch(records: readonly PostRecord[]): Promise<void> {
    const { apply, imports, report, lastPkBefore } = this.#parts;
    const given = await this.#givenPks(records);
    const posts = new Map<number, Post>();
    for (const [index, record] of records.entries()) {
      const pk = record.pk ?? given[index] ?? 0;
      posts.set(pk, postOf(record, pk, this.authorOf(record) ?? 0));
    }
    const stored = await imports.find([...posts.keys()]);
    const plan = planPosts([...posts.values()], stored, lastPkBefore);
    const moves = plan.contested.filter(({ pk }) => stored.has(pk));
    // The new pks are not known yet.
    const planned = new Map(moves.map(({ pk }) => [pk, -pk]));
    const moved = await apply(() => this.#write(plan, stored), planned);
    for (const [pk, to] of moved) report.movedPosts.set(pk, to);
    for (const { author } of posts.values()) this.#authors.set(author, (this.#authors.get(author) ?? 0) + 1);
    const { created, updated, contested } = plan;
    report.replacedSamples += updated.filter(({ pk }) => stored.get(pk)?.isSample).length;
    report.posts.created += created.length + contested.length;
    report.posts.updated += updated.length;
    report.posts.unchanged += records.length - created.length - contested.length - updated.length;
  }

  /** Reports authors who do not exist. Call it at the end, because a dump may contain a post before its author. */
  reportMissingAuthors(): void {
    const { index, report } = this.#parts;
    for (const [author, posts] of this.#authors) {
      if (!index.usernames.has(author)) report.missingAuthors.set(author, posts);
    }
  }

  /** Returns the pks of records without one, by position: those that were assigned before, or new ones. */
  async #givenPks(records: readonly PostRecord[]): Promise<readonly (number | undefined)[]> {
    const { apply, imports } = this.#parts;
    const digests = records.map((record) => (record.pk == null ? this.#identityOf(record) : undefined));
    const named = digests.filter((digest) => digest !== undefined);
    const known = await imports.findGivenPks(named);
    const fresh = named.filter((digest) => !known.has(digest));
    const assign = async () => {
      const pks = await this.#takePks(fresh.length);
      const assigned = new Map(fresh.map((digest, index) => [digest, pks[index] ?? 0]));
      // Stored before the posts, so that an interrupted import finds the same pks again.
      await imports.putGivenPks(assigned);
      return assigned;
    };
    const given = await apply(assign, new Map(fresh.map((digest, index) => [digest, -1 - index])));
    return digests.map((digest = '') => known.get(digest) ?? given.get(digest));
  }

  /** Reserves pks that no post has. */
  async #takePks(count: number): Promise<number[]> {
    const { imports, counters } = this.#parts;
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

  /** Applies a plan. Returns the new pks of posts created here that moved, by old pk. */
  async #write(
    { created, updated, contested }: PostPlan,
    stored: ReadonlyMap<number, StoredPost>,
  ): Promise<Map<number, number>> {
    const { imports } = this.#parts;
    const moved = new Map<number, number>();
    // A batch has no conditions.
    await imports.put([...created, ...updated]);
    // Another command may create, change or delete a post with the same pk in the meantime.
    const putAlone = (post: Post) =>
      retryOnConflict(async (attempt) => {
        const found = attempt === 0 ? stored : await imports.find([post.pk]);
        return (await this.#tryPut(post, found.get(post.pk), moved)) || undefined;
      });
    await Promise.all(contested.map(putAlone));
    return moved;
  }

  async #tryPut(post: Post, stored: StoredPost | undefined, moved: Map<number, number>): Promise<boolean> {
    const { imports } = this.#parts;
    if (stored === undefined) return imports.create(post);
    if (!isNew(post, stored)) {
      await imports.put([post]);
      return true;
    }
    const pk = await this.#copy(stored);
    if (pk === undefined) return false;
    moved.set(post.pk, pk);
    return imports.replace(post, stored.post);
  }

  /** Copies a post created here to a new pk. Returns the pk, or undefined if the post has changed. */
  async #copy(stored: StoredPost): Promise<number | undefined> {
    const { imports } = this.#parts;
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
