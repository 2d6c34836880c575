import { type Clock, toSeconds } from '../../lib/clock.ts';
import type { UserRecord } from '../../lib/django/records.ts';
import { toDjangoNotation } from '../../lib/django/write-dump.ts';
import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { UserImports } from '../../lib/dynamodb/user-imports.ts';
import type { StoredUser } from '../../lib/dynamodb/user-item.ts';
import { retryOnConflict } from '../../lib/retry-on-conflict.ts';
import type { User } from '../../lib/users/user.ts';
import { digestOf } from './digest.ts';
import type { ImportReport } from './report.ts';

export interface UserImportDependencies {
  readonly imports: UserImports;
  readonly counters: Counters;
  /** The ids and usernames of all users; the import keeps it up to date. */
  readonly index: UserIndex;
  readonly report: ImportReport;
  readonly clock: Clock;
}

/** Imports users by the rules of docs/decisions/001-imported-and-local-records.md. */
export class UserImport {
  readonly #dependencies: UserImportDependencies;
  /** Imported users whose username another record has taken, by id, until their own record follows. */
  readonly #displaced = new Map<number, StoredUser>();

  constructor(dependencies: UserImportDependencies) {
    this.#dependencies = dependencies;
  }

  /** Renumbers users created here whose id another user has. @throws {UnavailableError} */
  async separateDoubles(): Promise<void> {
    const { index } = this.#dependencies;
    for (const username of index.doubles) {
      const id = index.ids.get(username);
      if (id !== undefined) await this.#renumber(username, id);
    }
  }

  /** Imports up to 100 records. @throws {UnavailableError} */
  async importBatch(records: readonly UserRecord[]): Promise<void> {
    const { imports, index } = this.#dependencies;
    const names = new Set(records.map(({ fields }) => fields.username));
    const ids = new Set(records.flatMap(({ pk }) => pk ?? []));
    const isPlain = names.size === records.length && ids.size === records.length;
    const stored = await imports.find([...names].filter((name) => index.ids.has(name)));
    const entangled: UserRecord[] = [];
    await Promise.all(
      records.map((record) => {
        if (isPlain && this.#isAlone(record)) return this.#import(record, stored.get(record.fields.username));
        entangled.push(record);
        return undefined;
      }),
    );
    // If a record takes the id or username of another user, the order of the dump decides.
    for (const record of entangled) {
      const { username } = record.fields;
      await this.#import(record, (await imports.find([username])).get(username));
    }
  }

  /** Returns whether no other user has the id of a record. */
  #isAlone({ pk, fields }: UserRecord): boolean {
    if (pk == null) return false;
    const { usernames, shared } = this.#dependencies.index;
    const owner = usernames.get(pk);
    return (owner === undefined || owner === fields.username) && !shared.has(pk);
  }

  async #import(record: UserRecord, stored: StoredUser | undefined): Promise<void> {
    const { imports, index, report } = this.#dependencies;
    const { username, password } = record.fields;
    const id = record.pk ?? index.ids.get(username) ?? (await this.#newIdOf(username));
    const imported = {
      record: digestOf({ ...record, pk: id }),
      password: digestOf(password),
      isActive: record.fields.is_active,
    };
    const user = userOf(record, id);
    await this.#completeRenaming(id, username);
    const previous = await this.#freeId(id, username);
    this.#enter(id, username);
    // A user who was renamed in Django keeps the hash that a login here has replaced, and stays disabled.
    const next = { user: { ...user, ...(previous && unchangedOf(previous, imported)) }, imported };
    if (stored === undefined) {
      await this.#create(next);
      report.users[previous === undefined ? 'created' : 'renamed'] += 1;
    } else if (stored.user.id !== id) {
      if (stored.imported !== undefined) this.#displaced.set(stored.user.id, stored);
      await imports.handOver(next, this.#nowSeconds());
      report.users[previous === undefined ? 'updated' : 'renamed'] += 1;
    } else if (stored.imported?.record === imported.record) {
      report.users.unchanged += 1;
    } else {
      const kept = unchangedOf(stored, imported);
      const changed = { password: kept.password === undefined, isActive: kept.isActive === undefined };
      await imports.update({ user, imported }, changed, this.#nowSeconds());
      report.users.updated += 1;
    }
    if (stored !== undefined) this.#reportReplaced(stored, password);
    // If another record has taken the old username, its item belongs to that user.
    if (previous !== undefined && !this.#displaced.has(id)) await imports.remove(previous.user.username);
  }

  /** Reports an account created here that a record replaced. A record with its hash was exported from here. */
  #reportReplaced({ user: { username, password }, imported }: StoredUser, next: string): void {
    if (imported !== undefined || toDjangoNotation(password) === toDjangoNotation(next)) return;
    const { report } = this.#dependencies;
    report.renumbered.delete(username);
    report.replacedAccounts.add(username);
  }

  async #create(stored: StoredUser): Promise<void> {
    const { imports } = this.#dependencies;
    // Another command may create or delete a user with this username in the meantime.
    await retryOnConflict(
      async () =>
        (await imports.create(stored)) || (await imports.handOver(stored, this.#nowSeconds())) || undefined,
    );
  }

  /** Removes the other usernames of a user whose renaming an interrupted import has not completed. */
  async #completeRenaming(id: number, username: string): Promise<void> {
    const { imports, index } = this.#dependencies;
    // A username that another record has taken since has another id.
    const names = (index.shared.get(id) ?? []).filter((name) => index.ids.get(name) === id);
    const kept = names.includes(username) ? username : names[0];
    if (kept === undefined) return;
    index.usernames.set(id, kept);
    for (const name of names.filter((one) => one !== kept)) {
      index.ids.delete(name);
      await imports.remove(name);
    }
  }

  /** Makes an id available for a username. If an imported user has the id, returns that user, who is being renamed. */
  async #freeId(id: number, username: string): Promise<StoredUser | undefined> {
    const { imports, index } = this.#dependencies;
    const owner = index.usernames.get(id);
    if (owner === undefined) return this.#displaced.get(id);
    if (owner === username) return undefined;
    const previous = (await imports.find([owner])).get(owner);
    if (previous === undefined) return undefined;
    index.ids.delete(owner);
    if (previous.imported !== undefined) return previous;
    await this.#renumber(owner, id);
    return undefined;
  }

  /** Assigns a new id to a user created here. */
  async #renumber(username: string, id: number): Promise<void> {
    const { imports, report } = this.#dependencies;
    await imports.renumber(username, id, await this.#newId());
    // The command that creates the user may have assigned another id in the meantime.
    const renumbered = (await imports.find([username])).get(username);
    if (renumbered === undefined) return;
    report.renumbered.set(username, renumbered.user.id);
    this.#enter(renumbered.user.id, username);
  }

  /** Assigns an id to a user whose record has none. */
  async #newIdOf(username: string): Promise<number> {
    const id = await this.#newId();
    this.#dependencies.report.newIds.set(username, id);
    return id;
  }

  /** Returns an id that no user of the table or the dump has. */
  async #newId(): Promise<number> {
    const { counters, index } = this.#dependencies;
    for (;;) {
      const id = await counters.take('users');
      if (!index.usernames.has(id)) return id;
    }
  }

  #enter(id: number, username: string): void {
    const { index } = this.#dependencies;
    const before = index.ids.get(username);
    if (before !== undefined && before !== id && index.usernames.get(before) === username) {
      index.usernames.delete(before);
    }
    index.usernames.set(id, username);
    index.ids.set(username, id);
  }

  #nowSeconds(): number {
    return toSeconds(this.#dependencies.clock());
  }
}

/** Returns the stored values of the fields that are the same as in the dump before: changes that were made here are kept. */
const unchangedOf = ({ user, imported }: StoredUser, now: StoredUser['imported']): Partial<User> => ({
  ...(imported?.password === now?.password && { password: user.password }),
  ...(imported?.isActive === now?.isActive && { isActive: user.isActive }),
});

/** Returns the user of a record. */
export const userOf = ({ fields }: UserRecord, id: number): User => ({
  id,
  username: fields.username,
  email: fields.email,
  password: fields.password,
  isActive: fields.is_active,
  firstName: fields.first_name,
  lastName: fields.last_name,
  isStaff: fields.is_staff,
  isSuperuser: fields.is_superuser,
  dateJoined: fields.date_joined,
  lastLogin: fields.last_login,
  groups: fields.groups,
  userPermissions: fields.user_permissions,
});
