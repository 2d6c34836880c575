import { type Clock, toSeconds } from '../../lib/clock.ts';
import type { UserRecord } from '../../lib/django/records.ts';
import type { Counters } from '../../lib/dynamodb/counters.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { UserImports } from '../../lib/dynamodb/user-imports.ts';
import type { StoredUser } from '../../lib/dynamodb/user-item.ts';
import type { User } from '../../lib/users/user.ts';
import { digestOf } from './digest.ts';
import type { ImportReport } from './report.ts';

export interface UserImportDependencies {
  readonly imports: UserImports;
  readonly counters: Counters;
  /** Who has which id; kept up to date on the way. */
  readonly index: UserIndex;
  readonly report: ImportReport;
  readonly clock: Clock;
  /** Nothing is written, all is counted. */
  readonly dryRun: boolean;
}

/** Imports users by the rules of docs/decisions/001-imported-and-local-records.md. */
export class UserImport {
  readonly #dependencies: UserImportDependencies;
  /** Whose name another record took, by id: what is known of them until their own record comes. */
  readonly #displaced = new Map<number, StoredUser>();
  #highest = 0;

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

  /** Imports up to a hundred records. @throws {UnavailableError} */
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
    // Where one record takes what another has, the order of the dump decides.
    for (const record of entangled) {
      const { username } = record.fields;
      await this.#import(record, (await imports.find([username])).get(username));
    }
  }

  /** Returns whether no other user has the id of this record. */
  #isAlone({ pk, fields }: UserRecord): boolean {
    if (pk == null) return false;
    const { usernames, shared } = this.#dependencies.index;
    const owner = usernames.get(pk);
    return (owner === undefined || owner === fields.username) && !shared.has(pk);
  }

  async #import(record: UserRecord, stored: StoredUser | undefined): Promise<void> {
    const { index, report } = this.#dependencies;
    const { username, password } = record.fields;
    const id = record.pk ?? index.ids.get(username) ?? (await this.#newId());
    const imported = {
      record: digestOf({ ...record, pk: id }),
      password: digestOf(password),
      isActive: record.fields.is_active,
    };
    const next = { user: userOf(record, id), imported };
    await this.#completeRenaming(id, username);
    const previous = await this.#makeRoom(id, username);
    this.#enter(id, username);
    if (stored === undefined) await this.#create(next, previous);
    else if (stored.user.id !== id) await this.#replace(next, previous, stored);
    else if (stored.imported?.record === imported.record) report.users.unchanged += 1;
    else {
      await this.#update(next, stored);
      report.users.updated += 1;
    }
    // What others have taken the name of is no longer there to be removed.
    if (previous !== undefined && !this.#displaced.has(id)) {
      await this.#write((imports) => imports.remove(previous.user.username));
    }
  }

  async #create({ user, imported }: StoredUser, previous: StoredUser | undefined): Promise<void> {
    const { report } = this.#dependencies;
    // A user who was renamed in Django keeps the hash that a login here has replaced, and stays disabled.
    const kept = previous === undefined ? {} : unchangedOf(previous, imported);
    const stored = { user: { ...user, ...kept }, imported };
    await this.#write(async (imports) => {
      // Another command may create or delete a user of this name meanwhile.
      while (!(await imports.create(stored)) && !(await imports.handOver(stored, this.#nowSeconds())));
    });
    if (previous === undefined) report.users.created += 1;
    else report.users.renamed += 1;
  }

  /** Gives an item to somebody else, who was renamed to its name or is new. */
  async #replace(
    { user, imported }: StoredUser,
    previous: StoredUser | undefined,
    displaced: StoredUser,
  ): Promise<void> {
    const { report } = this.#dependencies;
    if (displaced.imported !== undefined) this.#displaced.set(displaced.user.id, displaced);
    const kept = previous === undefined ? {} : unchangedOf(previous, imported);
    const stored = { user: { ...user, ...kept }, imported };
    await this.#write((imports) => imports.handOver(stored, this.#nowSeconds()));
    if (previous === undefined) report.users.updated += 1;
    else report.users.renamed += 1;
  }

  async #update(stored: StoredUser, before: StoredUser): Promise<void> {
    const kept = unchangedOf(before, stored.imported);
    const changed = { password: kept.password === undefined, isActive: kept.isActive === undefined };
    await this.#write((imports) => imports.update(stored, changed, this.#nowSeconds()));
  }

  /** Removes the other names of a user whose renaming an interrupted import left half done. */
  async #completeRenaming(id: number, username: string): Promise<void> {
    const { index } = this.#dependencies;
    // A name that another record has taken since has another id.
    const names = (index.shared.get(id) ?? []).filter((name) => index.ids.get(name) === id);
    const kept = names.includes(username) ? username : names[0];
    if (kept === undefined) return;
    index.usernames.set(id, kept);
    for (const name of names.filter((one) => one !== kept)) {
      index.ids.delete(name);
      await this.#write((imports) => imports.remove(name));
    }
  }

  /** Frees an id that another account has: gives the one it belonged to before a renaming, if that is what happened. */
  async #makeRoom(id: number, username: string): Promise<StoredUser | undefined> {
    const { imports, index, dryRun } = this.#dependencies;
    const owner = index.usernames.get(id);
    if (owner === undefined) return this.#displaced.get(id);
    if (owner === username) return undefined;
    const previous = (await imports.find([owner])).get(owner);
    if (previous === undefined && !dryRun) return undefined;
    index.ids.delete(owner);
    if (previous?.imported !== undefined || previous === undefined) return previous;
    await this.#renumber(owner, id);
    return undefined;
  }

  /** Changes the id of a user created here to one that no user of the table or the dump has. */
  async #renumber(username: string, id: number): Promise<void> {
    const { imports, report, counters, dryRun } = this.#dependencies;
    report.renumbered.set(username, undefined);
    if (dryRun) return;
    await imports.renumber(username, id, await this.#newIdFrom(counters));
    // The command that creates the user may have given it another id meanwhile.
    const renumbered = (await imports.find([username])).get(username);
    if (renumbered === undefined) return;
    report.renumbered.set(username, renumbered.user.id);
    this.#enter(renumbered.user.id, username);
  }

  async #newId(): Promise<number> {
    const { counters, dryRun, index } = this.#dependencies;
    if (!dryRun) return this.#newIdFrom(counters);
    // In a dry run any id that nobody has will do.
    let id = this.#highest + 1;
    while (index.usernames.has(id)) id += 1;
    return id;
  }

  async #newIdFrom(counters: Counters): Promise<number> {
    for (;;) {
      const id = await counters.take('users');
      if (!this.#dependencies.index.usernames.has(id)) return id;
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
    this.#highest = Math.max(this.#highest, id);
  }

  #nowSeconds(): number {
    return toSeconds(this.#dependencies.clock());
  }

  async #write(write: (imports: UserImports) => Promise<unknown>): Promise<void> {
    if (!this.#dependencies.dryRun) await write(this.#dependencies.imports);
  }
}

/** What a dump says as it did before: there, what was done here since counts. */
const unchangedOf = ({ user, imported }: StoredUser, now: StoredUser['imported']): Partial<User> => ({
  ...(imported?.password === now?.password && { password: user.password }),
  ...(imported?.isActive === now?.isActive && { isActive: user.isActive }),
});

const userOf = ({ fields }: UserRecord, id: number): User => ({
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
