import { datetimeOf } from '../posts/datetime.ts';
import type { Post } from '../posts/post.ts';
import type { User } from '../users/user.ts';
import type { Table } from './client.ts';
import { Counters } from './counters.ts';
import { PostRepository } from './posts.ts';
import { UserImports } from './user-imports.ts';
import { UserRepository } from './users.ts';

/** A user to be created. By default active, without any rights, and joined now. */
export type NewUser = Pick<User, 'username' | 'password'> & Partial<Omit<User, 'id'>>;

/**
 * Creates a user with the next free id, and returns the id.
 *
 * @throws {UsernameTakenError}
 * @throws {UnavailableError}
 */
export async function createUser(table: Table, user: NewUser): Promise<number> {
  const id = await new Counters(table).take('users');
  await new UserRepository(table).create({
    ...{ email: '', isActive: true, firstName: '', lastName: '', isStaff: false, isSuperuser: false },
    ...{ dateJoined: datetimeOf(new Date()), lastLogin: null, groups: [], userPermissions: [] },
    ...user,
    id,
  });
  return settleUserId(table, user.username, id);
}

/**
 * Changes the id of a user who was just created if an import has reserved that id since it was taken. An import first
 * reserves the ids of its dump, then reads who has which id. A user who was stored after that read finds the
 * reservation here; a user who was stored before is known to the import.
 *
 * @returns the id that the user has now
 * @throws {UnavailableError}
 */
export async function settleUserId(table: Table, username: string, id: number): Promise<number> {
  const counters = new Counters(table);
  let own = id;
  while (own <= (await counters.reserved('users'))) {
    const another = await counters.take('users');
    if (!(await new UserImports(table).renumber(username, own, another))) {
      // The import renumbered the user first, or the response to our own write was lost.
      const account = await new UserRepository(table).findAccount(username);
      if (account?.id !== another) return account?.id ?? own;
    }
    own = another;
  }
  return own;
}

/** Creates a post with the next free pk, and returns the pk. @throws {UnavailableError} */
export async function createPost(table: Table, post: Omit<Post, 'pk'>): Promise<number> {
  for (;;) {
    const pk = await new Counters(table).take('posts');
    if (await new PostRepository(table).create({ ...post, pk })) return pk;
  }
}
