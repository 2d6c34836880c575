import { type Clock, toSeconds } from '../../lib/clock.ts';
import type { UserRecord } from '../../lib/django/records.ts';
import type { UserImports } from '../../lib/dynamodb/user-imports.ts';
import type { StoredUser } from '../../lib/dynamodb/user-item.ts';
import { retryOnConflict } from '../../lib/retry-on-conflict.ts';
import type { User } from '../../lib/users/user.ts';
import type { ImportParts } from './apply.ts';
import { type NumberedUser, type UserPlan, UserPlanner } from './user-plan.ts';

export interface UserImportParts extends ImportParts {
  readonly imports: UserImports;
  readonly clock: Clock;
}

/** Imports users: reads those that a plan depends on, plans, and applies the plan. */
export class UserImport {
  readonly #parts: UserImportParts;
  readonly #planner: UserPlanner;

  constructor(parts: UserImportParts) {
    this.#parts = parts;
    this.#planner = new UserPlanner(parts.index, parts.report);
  }

  /** Renumbers users created here whose id another user has. @throws {UnavailableError} */
  async separateDoubles(): Promise<void> {
    const doubles = await this.#parts.imports.find(this.#parts.index.doubles);
    await this.#apply(this.#planner.planDoubles(doubles));
  }

  /** Imports up to 100 records. @throws {UnavailableError} */
  async importBatch(records: readonly UserRecord[]): Promise<void> {
    const numbered = await this.#numbered(records);
    const stored = await this.#parts.imports.find(this.#planner.usernamesOf(numbered));
    await this.#apply(this.#planner.plan(numbered, stored));
  }

  /** Returns records with the pk that each has, that the user with its username has, or that no user has. */
  async #numbered(records: readonly UserRecord[]): Promise<NumberedUser[]> {
    const { apply, index, report } = this.#parts;
    const owners = new Map<number, string>();
    const numbered: NumberedUser[] = [];
    for (const record of records) {
      const { username } = record.fields;
      let pk = record.pk ?? index.ids.get(username);
      // Two usernames have one id if an import was interrupted while it renamed a user.
      const isTaken = record.pk == null && pk !== undefined && (owners.get(pk) ?? username) !== username;
      if (pk === undefined || isTaken) {
        pk = await apply(() => this.#newId(), this.#planner.plannedId());
        report.newIds.set(username, pk);
        this.#planner.enter(pk, username);
      }
      owners.set(pk, username);
      numbered.push({ ...record, pk });
    }
    return numbered;
  }

  /** Returns an id that no user of the table or the dump has. */
  async #newId(): Promise<number> {
    const { counters, index } = this.#parts;
    for (;;) {
      const id = await counters.take('users');
      if (!index.usernames.has(id)) return id;
    }
  }

  async #apply({ renumbered, created, updated, handedOver, removed }: UserPlan): Promise<void> {
    const { apply, imports } = this.#parts;
    await apply(async () => {
      await Promise.all(renumbered.map(({ user }) => this.#renumber(user)));
      await Promise.all([
        ...created.map((next) => this.#create(next)),
        ...updated.map(({ next, changed }) => imports.update(next, changed, this.#nowSeconds())),
      ]);
      // Replaces the items of other users. Those who were renamed already have an item with their new username.
      for (const next of handedOver) await imports.handOver(next, this.#nowSeconds());
      await Promise.all(removed.map((username) => imports.remove(username)));
      this.#planner.confirm();
    }, undefined);
  }

  async #renumber({ username, id }: User): Promise<void> {
    const { imports, index, report } = this.#parts;
    await imports.renumber(username, id, await this.#newId());
    // Another command may have assigned another id, or removed the user, in the meantime.
    const renumbered = (await imports.find([username])).get(username);
    if (renumbered === undefined) {
      index.ids.delete(username);
      report.renumbered.delete(username);
    } else {
      this.#planner.enter(renumbered.user.id, username);
      report.renumbered.set(username, renumbered.user.id);
    }
  }

  async #create(next: StoredUser): Promise<void> {
    const { imports } = this.#parts;
    // Another command may create or delete a user with this username in the meantime.
    await retryOnConflict(
      async () =>
        (await imports.create(next)) || (await imports.handOver(next, this.#nowSeconds())) || undefined,
    );
  }

  #nowSeconds(): number {
    return toSeconds(this.#parts.clock());
  }
}
