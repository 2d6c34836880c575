import type { UserRecord } from '../../lib/django/records.ts';
import { toDjangoNotation } from '../../lib/django/write-dump.ts';
import type { UserIndex } from '../../lib/dynamodb/listings.ts';
import type { ChangedInDump } from '../../lib/dynamodb/user-imports.ts';
import type { ImportMemory, StoredUser } from '../../lib/dynamodb/user-item.ts';
import type { User } from '../../lib/users/user.ts';
import { digestOf } from './digest.ts';
import type { ImportReport } from './report.ts';

/** A record whose pk is known. */
export type NumberedUser = UserRecord & { readonly pk: number };

/** How the users of the table change. Each username occurs once. */
export interface UserPlan {
  /** Users created here, with the id of a record, who get another id. */
  readonly renumbered: StoredUser[];
  readonly created: StoredUser[];
  readonly updated: { readonly next: StoredUser; readonly changed: ChangedInDump }[];
  /** Users who take over the username of another user. A user is stored here before the old item is replaced. */
  readonly handedOver: StoredUser[];
  /** Usernames that no user has any more. */
  readonly removed: string[];
}

/**
 * Plans how records change the users of the table, by the rules of docs/decisions/001-imported-and-local-records.md. Applies
 * the records, in their order, to a model of the table, and compares the model with the table. Reads and writes nothing.
 */
export class UserPlanner {
  readonly #index: UserIndex;
  readonly #report: ImportReport;
  #stored: ReadonlyMap<string, StoredUser> = new Map();
  /** The users that the table does not contain like this yet, by username; undefined for a removed one. */
  readonly #planned = new Map<string, StoredUser | undefined>();
  /** Imported users whose username another record has taken, by id, until their own record follows. */
  readonly #displaced = new Map<number, StoredUser>();
  #lastPlannedId = 0;

  /** @param index the ids and usernames of all users; the planner keeps it up to date */
  constructor(index: UserIndex, report: ImportReport) {
    this.#index = index;
    this.#report = report;
  }

  /** Returns the usernames of the stored users on which the plan for records depends. */
  usernamesOf(records: readonly NumberedUser[]): string[] {
    const { ids, usernames, shared } = this.#index;
    const names = records.flatMap(({ pk, fields: { username } }) =>
      [username, usernames.get(pk) ?? [], shared.get(pk) ?? []].flat(),
    );
    return [...new Set(names)].filter((name) => ids.has(name));
  }

  /** @param stored the users of {@link usernamesOf}, as the table contains them */
  plan(records: readonly NumberedUser[], stored: ReadonlyMap<string, StoredUser>): UserPlan {
    this.#stored = stored;
    for (const record of records) this.#planRecord(record);
    return this.#compare([...stored.keys(), ...records.map(({ fields }) => fields.username)]);
  }

  /** Plans new ids for users who were created here and have the id of another user. */
  planDoubles(doubles: ReadonlyMap<string, StoredUser>): UserPlan {
    this.#stored = doubles;
    for (const double of doubles.values()) {
      const { id, username } = double.user;
      // Another import may have imported the user, or assigned another id, since the index was read.
      if (double.imported === undefined && this.#index.ids.get(username) === id) this.#renumber(double);
      else this.enter(id, username);
    }
    return this.#compare([...doubles.keys()]);
  }

  /** Returns an id for a user whose id is not known before the plan is applied: a negative number, which no record has. */
  plannedId(): number {
    this.#lastPlannedId -= 1;
    return this.#lastPlannedId;
  }

  /** Forgets what was planned, because the table contains it now. */
  confirm(): void {
    this.#planned.clear();
  }

  /** Enters the id of a username. */
  enter(id: number, username: string): void {
    const { ids, usernames } = this.#index;
    const before = ids.get(username);
    if (before !== undefined && before !== id && usernames.get(before) === username) usernames.delete(before);
    usernames.set(id, username);
    ids.set(username, id);
  }

  #compare(usernames: readonly string[]): UserPlan {
    const plan: UserPlan = { renumbered: [], created: [], updated: [], handedOver: [], removed: [] };
    const handOvers: HandOver[] = [];
    for (const username of new Set(usernames)) {
      const before = this.#stored.get(username);
      const next = this.#find(username);
      if (next === undefined) {
        if (before !== undefined) plan.removed.push(username);
      } else if (before === undefined) plan.created.push(next);
      else if (before.user.id !== next.user.id) {
        if (next.imported === undefined) plan.renumbered.push(before);
        else handOvers.push({ before, next });
      } else if (before !== next) {
        const password = before.imported?.password !== next.imported?.password;
        const isActive = before.imported?.isActive !== next.imported?.isActive;
        plan.updated.push({ next, changed: { password, isActive } });
      }
    }
    return { ...plan, handedOver: inOrder(handOvers) };
  }

  #planRecord(record: NumberedUser): void {
    const { pk: id, fields } = record;
    const { username, password, is_active: isActive } = fields;
    const imported = { record: digestOf(record), password: digestOf(password), isActive };
    const previous = this.#freeId(id, username);
    this.enter(id, username);
    const { users: counts } = this.#report;
    const stored = this.#find(username);
    const isSame = stored?.user.id === id;
    if (isSame && stored.imported?.record === imported.record) {
      counts.unchanged += 1;
      return;
    }
    if (previous !== undefined) counts.renamed += 1;
    else if (stored === undefined) counts.created += 1;
    else counts.updated += 1;
    // A user who was renamed in Django keeps the hash that a login here has replaced, and stays disabled.
    const kept = unchangedOf(previous ?? (isSame ? stored : undefined), imported);
    this.#planned.set(username, { user: { ...userOf(record, id), ...kept }, imported });
    if (stored === undefined) return;
    if (stored.imported === undefined) this.#reportReplaced(stored, password);
    else if (!isSame) this.#displaced.set(stored.user.id, stored);
  }

  #find(username: string): StoredUser | undefined {
    return this.#planned.has(username) ? this.#planned.get(username) : this.#stored.get(username);
  }

  /**
   * Makes an id available for a username. If an imported user has the id under another username, returns that user, who is
   * being renamed.
   */
  #freeId(id: number, username: string): StoredUser | undefined {
    const { ids, usernames, shared } = this.#index;
    // If an import was interrupted while it renamed a user, both usernames have the id until a record takes one of them.
    const names = [shared.get(id) ?? [], usernames.get(id) ?? []]
      .flat()
      .filter((name) => ids.get(name) === id);
    if (names.length === 0) return this.#displaced.get(id);
    const others = names.filter((name) => name !== username);
    const [previous] = others.flatMap((name) => this.#find(name) ?? []);
    if (previous !== undefined && previous.imported === undefined) {
      // The command that created the user may have assigned another id since the index was read.
      if (previous.user.id === id) this.#renumber(previous);
      else this.enter(previous.user.id, previous.user.username);
      return undefined;
    }
    for (const name of others) this.#remove(name);
    return names.includes(username) ? undefined : previous;
  }

  #remove(username: string): void {
    this.#index.ids.delete(username);
    this.#planned.set(username, undefined);
  }

  /** Assigns another id to a user created here. */
  #renumber({ user, imported }: StoredUser): void {
    const id = this.plannedId();
    this.#planned.set(user.username, { user: { ...user, id }, imported });
    this.enter(id, user.username);
    this.#report.renumbered.set(user.username, id);
  }

  /** Reports an account created here that a record replaces. A record with its hash was exported from here. */
  #reportReplaced({ user: { username, password } }: StoredUser, next: string): void {
    if (toDjangoNotation(password) === toDjangoNotation(next)) return;
    this.#report.renumbered.delete(username);
    this.#report.replacedAccounts.add(username);
  }
}

interface HandOver {
  readonly before: StoredUser;
  readonly next: StoredUser;
}

/** Puts a user before the one that takes over the old username. That is impossible if users swap their names. */
function inOrder(handOvers: readonly HandOver[]): StoredUser[] {
  const byId = new Map(handOvers.map((one) => [one.next.user.id, one]));
  const visited = new Set<HandOver>();
  const visit = (one: HandOver): StoredUser[] => {
    if (visited.has(one)) return [];
    visited.add(one);
    const owner = byId.get(one.before.user.id);
    return [...(owner ? visit(owner) : []), one.next];
  };
  return handOvers.flatMap(visit);
}

/** Returns the stored values of the fields that are the same as in the dump before: changes that were made here are kept. */
const unchangedOf = (stored: StoredUser | undefined, now: ImportMemory): Partial<User> => ({
  ...(stored?.imported?.password === now.password && { password: stored.user.password }),
  ...(stored?.imported?.isActive === now.isActive && { isActive: stored.user.isActive }),
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
