import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import type { Post } from '../posts/post.ts';
import { batchGet, batchPut, MAX_WRITES } from './batches.ts';
import { isConditionFailure, type Table, translateErrors } from './client.ts';
import { parseItem } from './item.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { IMPORT_PREFIX, importKey, postKey } from './keys.ts';
import { postAttributes, readPost } from './post-item.ts';

/** A post, and what an import has to know of its item. */
export interface StoredPost {
  readonly post: Post;
  /** Created here, not imported. */
  readonly isMadeHere: boolean;
  /** The pk that an interrupted import was about to move it to. */
  readonly movesTo: number | undefined;
}

const storedSchema = v.object({
  made_here: v.optional(v.boolean(), false),
  moves_to: v.optional(v.number()),
});
const importSchema = v.object({ pk: v.string(), post_id: v.number() });

/** Posts as an import reads and writes them, and what it remembers of those that came without a pk. */
export class PostImports {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Reads up to a hundred posts, by pk. @throws {UnavailableError} */
  async find(pks: readonly number[]): Promise<Map<number, StoredPost>> {
    if (pks.length === 0) return new Map();
    const stored = (await batchGet(this.#table, pks.map(postKey))).map(readStoredPost);
    return new Map(stored.map((one) => [one.post.pk, one]));
  }

  /** Stores a new post; returns whether its pk was free. @throws {UnavailableError} */
  create(post: Post): Promise<boolean> {
    return this.#putIf(post, { ConditionExpression: 'attribute_not_exists(pk)' });
  }

  /** Stores a post in place of one made here; returns whether that was unchanged. @throws {UnavailableError} */
  replace(post: Post, { updatedAt }: Post): Promise<boolean> {
    return this.#putIf(post, {
      ConditionExpression: 'made_here = :true AND updated_at = :updated',
      ExpressionAttributeValues: { ':true': true, ':updated': updatedAt },
    });
  }

  /**
   * Remembers which pk a post made here is about to move to. Returns whether it is still there, and no other import is
   * about to move it elsewhere.
   *
   * @throws {UnavailableError}
   */
  async planMove({ post, movesTo }: StoredPost, to: number): Promise<boolean> {
    const update = new ItemUpdate().set(['moves_to'], to);
    const planned = update.path(['moves_to']);
    update.ifEquals(['made_here'], true);
    update.if(
      [movesTo, to]
        .flatMap((pk) => (pk === undefined ? [] : [`${planned} = ${update.value(pk)}`]))
        .concat(`attribute_not_exists(${planned})`)
        .join(' OR '),
    );
    return (await updateItem(this.#table, postKey(post.pk), update)) !== undefined;
  }

  /**
   * Stores a post made here under the pk it moves to. Returns whether it is there now: stored by this call, or by an
   * earlier import and then changed. Returns false if the pk belongs to another post.
   *
   * @throws {UnavailableError}
   */
  async copy(post: Post): Promise<boolean> {
    const isCopied = await this.#putIf(
      post,
      {
        ConditionExpression:
          'attribute_not_exists(pk) OR (made_here = :true AND created_at = :created AND updated_at <= :updated)',
        ExpressionAttributeValues: { ':true': true, ':created': post.createdAt, ':updated': post.updatedAt },
      },
      { made_here: true },
    );
    if (isCopied) return true;
    const there = (await this.find([post.pk])).get(post.pk);
    return there?.isMadeHere === true && there.post.createdAt === post.createdAt;
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

  async #putIf(
    post: Post,
    condition: Pick<PutCommand['input'], 'ConditionExpression' | 'ExpressionAttributeValues'>,
    more: Record<string, unknown> = {},
  ): Promise<boolean> {
    const Item = { ...postKey(post.pk), ...postAttributes(post), ...more };
    try {
      await translateErrors(
        this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item, ...condition })),
      );
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }

  async #putAll(items: readonly Record<string, unknown>[]): Promise<void> {
    const batches: Promise<void>[] = [];
    for (let start = 0; start < items.length; start += MAX_WRITES) {
      batches.push(batchPut(this.#table, items.slice(start, start + MAX_WRITES)));
    }
    await Promise.all(batches);
  }
}

function readStoredPost(item: unknown): StoredPost {
  const { made_here, moves_to } = parseItem(storedSchema, item);
  return { post: readPost(item), isMadeHere: made_here, movesTo: moves_to };
}
