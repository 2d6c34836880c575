import { userRecord } from '../lib/django/write-dump.ts';
import type { Table } from '../lib/dynamodb/client.ts';
import { allPosts, allUsers } from '../lib/dynamodb/listings.ts';
import { serializePost } from '../lib/posts/serialize.ts';
import { createUserModels } from '../lib/wiring.ts';
import { datetimeConverter } from './datetime-converter.ts';

/**
 * Yields all users and posts as Django's `dumpdata` writes them, with datetimes in the format of the table, and the
 * user model that was imported.
 */
export async function* dumpRecords(table: Table): AsyncGenerator<unknown> {
  const userModel = await createUserModels(table).find();
  const convert = await datetimeConverter(table);
  const convertOptional = (stored: string | null) => (stored === null ? null : convert(stored));
  for await (const user of allUsers(table))
    yield userRecord(
      { ...user, dateJoined: convert(user.dateJoined), lastLogin: convertOptional(user.lastLogin) },
      userModel,
    );
  for await (const post of allPosts(table))
    yield serializePost({
      ...post,
      createdAt: convert(post.createdAt),
      updatedAt: convert(post.updatedAt),
      publishedAt: convertOptional(post.publishedAt),
    });
}
