import * as v from 'valibot';
import type { Post } from '../posts/post.ts';
import { batchGet, batchPut, MAX_WRITES } from './batches.ts';
import type { Table } from './client.ts';
import { parseItem } from './item.ts';
import { IMPORT_PREFIX, importKey, postKey } from './keys.ts';
import { postAttributes, readPost } from './post-item.ts';

const importSchema = v.object({ pk: v.string(), post_id: v.number() });

/** Posts as an import reads and writes them, and what it remembers of those that came without a pk. */
export class PostImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads up to a hundred posts, by pk. @throws {UnavailableError} */
  async find(pks: readonly number[]): Promise<Map<number, Post>> {
    if (pks.length === 0) return new Map();
    const posts = (await batchGet(this.#table, pks.map(postKey))).map(readPost);
    return new Map(posts.map((post) => [post.pk, post]));
  }

  /** Stores posts, each in place of the one with its pk. @throws {UnavailableError} */
  async put(posts: readonly Post[]): Promise<void> {
    await this.#putAll(posts.map((post) => ({ ...postKey(post.pk), ...postAttributes(post) })));
  }

  /** Finds the pks that records without one were given before, by their digests. @throws {UnavailableError} */
  async findGivenPks(digests: readonly string[]): Promise<Map<string, number>> {
    if (digests.length === 0) return new Map();
    const items = await batchGet(this.#table, digests.map(importKey));
    const given = items.map((item) => parseItem(importSchema, item));
    return new Map(given.map(({ pk, post_id }) => [pk.slice(IMPORT_PREFIX.length), post_id]));
  }

  /** Remembers which pk a record without one was given. @throws {UnavailableError} */
  async putGivenPks(given: ReadonlyMap<string, number>): Promise<void> {
    await this.#putAll([...given].map(([digest, pk]) => ({ ...importKey(digest), post_id: pk })));
  }

  async #putAll(items: readonly Record<string, unknown>[]): Promise<void> {
    const batches: Promise<void>[] = [];
    for (let start = 0; start < items.length; start += MAX_WRITES) {
      batches.push(batchPut(this.#table, items.slice(start, start + MAX_WRITES)));
    }
    await Promise.all(batches);
  }
}
