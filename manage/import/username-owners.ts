import type { UserRecord } from '../../lib/django/records.ts';

/**
 * The usernames of the users of an import, as Django would have them at that point: a later record of a user may have another
 * username, and two users cannot have the same one.
 */
export class UsernameOwners {
  readonly #ids = new Map<string, number>();
  readonly #usernames = new Map<number, string>();

  /**
   * Enters a record. Returns false if another user of the dumps has the username; Django rejects the dump then. A record
   * without a pk is that of the user with the username, if there is one.
   */
  claim({ pk, fields: { username } }: UserRecord): boolean {
    if (pk == null) return true;
    const owner = this.#ids.get(username);
    if (owner !== undefined && owner !== pk) return false;
    const before = this.#usernames.get(pk);
    if (before !== undefined) this.#ids.delete(before);
    this.#ids.set(username, pk);
    this.#usernames.set(pk, username);
    return true;
  }
}
