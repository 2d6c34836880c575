import * as v from 'valibot';
import type { Post } from '../posts/post.ts';
import type { User } from '../users/user.ts';
import { batchGet, MAX_READS, scan } from './batches.ts';
import type { Table } from './client.ts';
import { parseItem } from './items.ts';
import { type Key, POST_PREFIX, postKey, USER_PREFIX } from './keys.ts';
import { readPost } from './post-item.ts';
import { readUser } from './user-item.ts';

const userEntrySchema = v.object({ pk: v.string(), user_id: v.number(), username: v.string() });
const indexEntrySchema = v.object({ ...userEntrySchema.entries, imported: v.optional(v.unknown()) });
const postEntrySchema = v.object({ post_id: v.number() });

/** The ids and usernames of all users. Takes about 100 bytes of memory per user. */
export interface UserIndex {
  readonly usernames: Map<number, string>;
  readonly ids: Map<string, number>;
  /** Users created here whose id another user also has. `usernames` contains the other user. */
  readonly doubles: readonly string[];
  /**
   * Ids that several imported users share, with their usernames: an interrupted import has not removed the old
   * username.
   */
  readonly shared: ReadonlyMap<number, readonly string[]>;
}

/** Reads the index of all users. Scans, so only the command line may use it. @throws {UnavailableError} */
export async function readUserIndex(table: Table): Promise<UserIndex> {
  const doubles: string[] = [];
  const shared = new Map<number, string[]>();
  const importedIds = new Set<number>();
  const index: UserIndex = { usernames: new Map(), ids: new Map(), doubles, shared };
  for await (const item of scan(table, USER_PREFIX, ['pk', 'user_id', 'username', 'imported'])) {
    const { user_id, username, imported } = parseItem(indexEntrySchema, item);
    index.ids.set(username, user_id);
    const other = index.usernames.get(user_id);
    if (other !== undefined && imported === undefined) doubles.push(username);
    else if (other !== undefined && importedIds.has(user_id)) {
      shared.set(user_id, [...(shared.get(user_id) ?? [other]), username]);
    } else {
      if (other !== undefined) doubles.push(other);
      index.usernames.set(user_id, username);
    }
    if (imported !== undefined) importedIds.add(user_id);
  }
  return index;
}

/** Reads all users by ascending id. Holds only their keys in memory. @throws {UnavailableError} */
export async function* allUsers(table: Table): AsyncGenerator<User> {
  const entries: [number, Key][] = [];
  for await (const item of scan(table, USER_PREFIX, ['pk', 'user_id', 'username'])) {
    const { pk, user_id } = parseItem(userEntrySchema, item);
    entries.push([user_id, { pk }]);
  }
  for await (const items of inOrder(table, entries)) {
    yield* items.map((item) => readUser(item).user).sort((a, b) => a.id - b.id);
  }
}

/** Reads all posts, including drafts, by ascending pk. Holds only their keys in memory. @throws {UnavailableError} */
export async function* allPosts(table: Table): AsyncGenerator<Post> {
  const entries: [number, Key][] = [];
  for await (const item of scan(table, POST_PREFIX, ['post_id'])) {
    const { post_id } = parseItem(postEntrySchema, item);
    entries.push([post_id, postKey(post_id)]);
  }
  for await (const items of inOrder(table, entries)) {
    yield* items.map(readPost).sort((a, b) => a.pk - b.pk);
  }
}

async function* inOrder(table: Table, entries: [number, Key][]) {
  const keys = entries.sort(([a], [b]) => a - b).map(([, key]) => key);
  for (let start = 0; start < keys.length; start += MAX_READS) {
    yield await batchGet(table, keys.slice(start, start + MAX_READS));
  }
}
