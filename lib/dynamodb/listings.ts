import * as v from 'valibot';
import type { Post } from '../posts/post.ts';
import type { User } from '../users/user.ts';
import { batchGet, MAX_READS, partsOf, scan } from './batches.ts';
import type { Table } from './client.ts';
import { type Item, parseItem } from './items.ts';
import { POST_PREFIX, USER_PREFIX } from './keys.ts';
import { readPost } from './post-item.ts';
import { readUser } from './user-item.ts';

const indexEntrySchema = v.object({
  user_id: v.number(),
  username: v.string(),
  imported: v.optional(v.unknown()),
});
const entrySchema = v.object({ pk: v.string(), id: v.number() });

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
  for await (const item of scan(table, USER_PREFIX, ['user_id', 'username', 'imported'])) {
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
export const allUsers = (table: Table): AsyncGenerator<User> =>
  byId(table, USER_PREFIX, 'user_id', (item) => readUser(item).user);

/** Reads all posts, including drafts, by ascending pk. Holds only their keys in memory. @throws {UnavailableError} */
export const allPosts = (table: Table): AsyncGenerator<Post> => byId(table, POST_PREFIX, 'post_id', readPost);

async function* byId<Entity>(
  table: Table,
  prefix: string,
  idAttribute: string,
  read: (item: Item) => Entity,
): AsyncGenerator<Entity> {
  const entries: v.InferOutput<typeof entrySchema>[] = [];
  for await (const item of scan(table, prefix, ['pk', idAttribute])) {
    entries.push(parseItem(entrySchema, { pk: item.pk, id: item[idAttribute] }));
  }
  const keys = entries.sort((a, b) => a.id - b.id).map(({ pk }) => ({ pk }));
  for (const some of partsOf(keys, MAX_READS)) {
    // BatchGetItem returns the items in any order.
    const items = new Map((await batchGet(table, some)).map((item) => [item.pk, item]));
    for (const { pk } of some) {
      const item = items.get(pk);
      if (item !== undefined) yield read(item);
    }
  }
}
