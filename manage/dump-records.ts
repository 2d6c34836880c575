import { userRecord } from '../lib/django/write-dump.ts';
import type { Table } from '../lib/dynamodb/client.ts';
import { allPosts, allUsers } from '../lib/dynamodb/listings.ts';
import { serializePost } from '../lib/posts/serialize.ts';
import { createImportedFormats } from '../lib/wiring.ts';
import { datetimeConverter } from './datetime-converter.ts';

/** The content of a dump. */
export class DumpSummary {
  users = 0;
  posts = 0;
  /** The pks of posts that were left out because their authors do not exist. */
  readonly withoutAuthor: number[] = [];
}

/**
 * Yields all users and posts as Django's `dumpdata` writes them, with datetimes in the format of the table, and the
 * user model that was imported. Leaves out posts whose authors do not exist: `loaddata` of Django checks foreign keys, and
 * rejects the whole file.
 *
 * @param summary counts the records
 * @see https://docs.djangoproject.com/en/stable/ref/django-admin/#loaddata
 */
export async function* dumpRecords(table: Table, summary = new DumpSummary()): AsyncGenerator<unknown> {
  const ids = new Set<number>();
  const userModel = await createImportedFormats(table).findUserModel();
  const convert = await datetimeConverter(table);
  const convertOptional = (stored: string | null) => (stored === null ? null : convert(stored));
  for await (const user of allUsers(table)) {
    ids.add(user.id);
    summary.users += 1;
    yield userRecord(
      { ...user, dateJoined: convert(user.dateJoined), lastLogin: convertOptional(user.lastLogin) },
      userModel,
    );
  }
  for await (const post of allPosts(table)) {
    if (!ids.has(post.author)) {
      summary.withoutAuthor.push(post.pk);
      continue;
    }
    summary.posts += 1;
    yield serializePost({
      ...post,
      createdAt: convert(post.createdAt),
      updatedAt: convert(post.updatedAt),
      publishedAt: convertOptional(post.publishedAt),
    });
  }
}
