import type { Clock } from '../clock.ts';
import { formatDatetime } from '../posts/datetime-format.ts';
import type { Post } from '../posts/post.ts';
import type { User } from '../users/user.ts';
import type { Counters } from './counters.ts';
import type { ImportedFormats } from './imported-formats.ts';
import type { PostRepository } from './posts.ts';
import type { UserImports } from './user-imports.ts';
import type { UserRepository } from './users.ts';

/** A new user. By default active, without permissions, and with the current time as `dateJoined`. */
export type NewUser = Pick<User, 'username' | 'password'> & Partial<Omit<User, 'id'>>;

export interface NewRecordsDependencies {
  readonly users: Pick<UserRepository, 'create' | 'findAccount'>;
  readonly imports: Pick<UserImports, 'renumber'>;
  readonly posts: Pick<PostRepository, 'create'>;
  readonly counters: Pick<Counters, 'take' | 'reserved'>;
  readonly formats: Pick<ImportedFormats, 'datetimeFormat'>;
  readonly clock: Clock;
}

/** Creates users and posts with new ids. */
export class NewRecords {
  readonly #dependencies: NewRecordsDependencies;

  constructor(dependencies: NewRecordsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Creates a user with the next free id, and returns the id.
   *
   * @throws {UsernameTakenError}
   * @throws {UnavailableError}
   */
  async createUser(user: NewUser): Promise<number> {
    const { users, counters } = this.#dependencies;
    const id = await counters.take('users');
    await users.create({
      ...{ email: '', isActive: true, firstName: '', lastName: '', isStaff: false, isSuperuser: false },
      ...{ dateJoined: await this.now(), lastLogin: null, groups: [], userPermissions: [] },
      ...user,
      id,
    });
    return this.settleUserId(user.username, id);
  }

  /**
   * Changes the id of a new user if an import has reserved that id in the meantime. An import first reserves the ids of
   * its dump, then reads which user has which id. If the user was stored after that read, this method finds the
   * reservation; if before it, the import finds the user.
   *
   * @returns the id that the user has now
   * @throws {UnavailableError}
   */
  async settleUserId(username: string, id: number): Promise<number> {
    const { users, imports, counters } = this.#dependencies;
    let own = id;
    while (own <= (await counters.reserved('users'))) {
      const another = await counters.take('users');
      if (!(await imports.renumber(username, own, another))) {
        // The import renumbered the user first, or the response to our own write was lost.
        const account = await users.findAccount(username);
        if (account?.id !== another) return account?.id ?? own;
      }
      own = another;
    }
    return own;
  }

  /** Returns the current time in the format of the table. @throws {UnavailableError} */
  async now(): Promise<string> {
    const { formats, clock } = this.#dependencies;
    return formatDatetime(new Date(clock()), await formats.datetimeFormat());
  }

  /** Creates a post with the next free pk, and returns the pk. @throws {UnavailableError} */
  async createPost(post: Omit<Post, 'pk'>): Promise<number> {
    const { posts, counters } = this.#dependencies;
    for (;;) {
      const pk = await counters.take('posts');
      if (await posts.create({ ...post, pk })) return pk;
    }
  }
}
