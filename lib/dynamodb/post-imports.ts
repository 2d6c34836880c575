import * as v from 'valibot';
import type { Post } from '../posts/post.ts';
import { batchGet, batchPut } from './batches.ts';
import type { Table } from './client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { IF_ABSENT, parseItem, putItem } from './items.ts';
import { IMPORT_PREFIX, importKey, postKey } from './keys.ts';
import { postItem, readPost } from './post-item.ts';

/** A post as an import finds it. */
export interface StoredPost {
  readonly post: Post;
  /** Whether it was created here, not imported. */
  readonly isMadeHere: boolean;
  /** Whether it is a demo post, which an import replaces. */
  readonly isSample: boolean;
  /** The pk to which an interrupted import was about to move it. */
  readonly movesTo: number | undefined;
}

const storedSchema = v.object({
  made_here: v.optional(v.boolean(), false),
  sample: v.optional(v.boolean(), false),
  moves_to: v.optional(v.number()),
});
const importSchema = v.object({ pk: v.string(), post_id: v.number() });

/** Posts as an import reads and writes them, and the pks that it assigned to records without one. */
export class PostImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads posts, by pk. @throws {UnavailableError} */
  async find(pks: readonly number[]): Promise<Map<number, StoredPost>> {
    const stored = (await batchGet(this.#table, pks.map(postKey))).map(readStoredPost);
    return new Map(stored.map((one) => [one.post.pk, one]));
  }

  /** Stores a new post. Returns whether its pk was free. @throws {UnavailableError} */
  create(post: Post): Promise<boolean> {
    return putItem(this.#table, postItem(post), IF_ABSENT);
  }

  /** Replaces a post that was created here. Returns false if it has changed. @throws {UnavailableError} */
  replace(post: Post, { updatedAt }: Post): Promise<boolean> {
    return putItem(this.#table, postItem(post), {
      ConditionExpression: 'made_here = :true AND updated_at = :updated',
      ExpressionAttributeValues: { ':true': true, ':updated': updatedAt },
    });
  }

  /**
   * Stores the pk to which a post that was created here is about to move. Returns false if the post no longer exists, or
   * another import is about to move it elsewhere.
   *
   * @throws {UnavailableError}
   */
  async planMove({ post, movesTo }: StoredPost, to: number): Promise<boolean> {
    const update = new ItemUpdate().set(['moves_to'], to).ifEquals(['made_here'], true);
    const planned = update.path(['moves_to']);
    const same = [movesTo ?? to, to].map((pk) => `${planned} = ${update.value(pk)}`);
    update.if(`attribute_not_exists(${planned})`, ...same);
    return (await updateItem(this.#table, postKey(post.pk), update)) !== undefined;
  }

  /**
   * Stores a post that was created here under the pk to which it moves. Returns whether it is stored there, by this call or
   * by an earlier import, even if it was changed since. Returns false if the pk belongs to another post.
   *
   * @throws {UnavailableError}
   */
  async copy(post: Post): Promise<boolean> {
    const isCopied = await putItem(
      this.#table,
      { ...postItem(post), made_here: true },
      {
        ConditionExpression:
          'attribute_not_exists(pk) OR (made_here = :true AND created_at = :created AND updated_at <= :updated)',
        ExpressionAttributeValues: { ':true': true, ':created': post.createdAt, ':updated': post.updatedAt },
      },
    );
    if (isCopied) return true;
    const stored = (await this.find([post.pk])).get(post.pk);
    return stored?.isMadeHere === true && stored.post.createdAt === post.createdAt;
  }

  /** Stores posts. Replaces posts with the same pks. @throws {UnavailableError} */
  put(posts: readonly Post[]): Promise<void> {
    return batchPut(this.#table, posts.map(postItem));
  }

  /** Finds the pks that were assigned to records without one, by the digests of the records. @throws {UnavailableError} */
  async findGivenPks(digests: readonly string[]): Promise<Map<string, number>> {
    const items = await batchGet(this.#table, digests.map(importKey));
    const given = items.map((item) => parseItem(importSchema, item));
    return new Map(given.map(({ pk, post_id }) => [pk.slice(IMPORT_PREFIX.length), post_id]));
  }

  /** Stores the pks that are assigned to records without one, by the digests of the records. @throws {UnavailableError} */
  putGivenPks(given: ReadonlyMap<string, number>): Promise<void> {
    const items = [...given].map(([digest, pk]) => ({ ...importKey(digest), post_id: pk }));
    return batchPut(this.#table, items);
  }
}

function readStoredPost(item: unknown): StoredPost {
  const { made_here, sample, moves_to } = parseItem(storedSchema, item);
  return { post: readPost(item), isMadeHere: made_here, isSample: sample, movesTo: moves_to };
}
