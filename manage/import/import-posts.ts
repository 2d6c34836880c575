import { isDeepStrictEqual } from 'node:util';
import type { PostRecord } from '../../lib/django/records.ts';
import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { PostImports } from '../../lib/dynamodb/post-imports.ts';
import type { Post } from '../../lib/posts/post.ts';
import { digestOf } from './digest.ts';
import type { ImportReport } from './report.ts';

export interface PostImportDependencies {
  readonly imports: PostImports;
  readonly counters: Counters;
  readonly index: UserIndex;
  readonly report: ImportReport;
  readonly dryRun: boolean;
}

/** Imports posts, each in place of the one with its pk. */
export class PostImport {
  readonly #dependencies: PostImportDependencies;
  /** How often a record without a pk has stood in the dump, so that two alike are two posts. */
  readonly #seen = new Map<string, number>();
  readonly #authors = new Map<number, number>();
  #highest = 0;

  constructor(dependencies: PostImportDependencies) {
    this.#dependencies = dependencies;
  }

  /** The highest pk that was imported. */
  get highestPk(): number {
    return this.#highest;
  }

  /** The number of a record's author; nothing for a name that nobody has. */
  authorOf({ fields: { author } }: PostRecord): number | undefined {
    return typeof author === 'number' ? author : this.#dependencies.index.ids.get(author[0]);
  }

  /** Imports up to a hundred records whose authors are known; of two with one pk, the later counts. @throws {UnavailableError} */
  async importBatch(records: readonly PostRecord[]): Promise<void> {
    const { imports, report, dryRun } = this.#dependencies;
    const given = await this.#givenPks(records);
    const posts = new Map<number, Post>();
    for (const [index, record] of records.entries()) {
      const pk = record.pk ?? given[index] ?? 0;
      posts.set(pk, postOf(record, pk, this.authorOf(record) ?? 0));
      this.#highest = Math.max(this.#highest, pk);
    }
    const stored = await imports.find([...posts.keys()]);
    const changed = [...posts.values()].filter((post) => !isDeepStrictEqual(post, stored.get(post.pk)));
    if (!dryRun) await imports.put(changed);
    for (const { author } of posts.values()) this.#authors.set(author, (this.#authors.get(author) ?? 0) + 1);
    const created = changed.filter(({ pk }) => !stored.has(pk)).length;
    report.posts.created += created;
    report.posts.updated += changed.length - created;
    report.posts.unchanged += records.length - changed.length;
  }

  /** Reports authors that no user is; for the end, since a dump may name them before it brings them. */
  reportMissingAuthors(): void {
    const { index, report } = this.#dependencies;
    for (const [author, posts] of this.#authors) {
      if (!index.usernames.has(author)) report.missingAuthors.set(author, posts);
    }
  }

  /** The pks of records without one, in their places: those they were given before, or new ones. */
  async #givenPks(records: readonly PostRecord[]): Promise<readonly (number | undefined)[]> {
    const { imports, counters, dryRun } = this.#dependencies;
    const digests = records.map((record) => (record.pk == null ? this.#identityOf(record) : undefined));
    const known = await imports.findGivenPks(digests.filter((digest) => digest !== undefined));
    const fresh = new Map<string, number>();
    for (const digest of digests) {
      if (digest === undefined || known.has(digest)) continue;
      // In a dry run, numbers below zero stand for those that would be taken.
      fresh.set(digest, dryRun ? -1 - fresh.size : await counters.take('posts'));
    }
    // Remembered before the posts are stored: an import that is interrupted finds the same numbers again.
    if (!dryRun) await imports.putGivenPks(fresh);
    return digests.map((digest) =>
      digest === undefined ? undefined : (known.get(digest) ?? fresh.get(digest)),
    );
  }

  #identityOf(record: PostRecord): string {
    const digest = digestOf(record.fields);
    const count = (this.#seen.get(digest) ?? 0) + 1;
    this.#seen.set(digest, count);
    return `${digest}#${count}`;
  }
}

const postOf = ({ fields }: PostRecord, pk: number, author: number): Post => ({
  pk,
  author,
  title: fields.title,
  content: fields.content,
  createdAt: fields.created_at,
  updatedAt: fields.updated_at,
  publishedAt: fields.published_at,
});
