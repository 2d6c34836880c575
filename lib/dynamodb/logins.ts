import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import type { EndOthers, Eviction, SessionChange, SessionInsert } from '../sessions/session-change.ts';
import type { Account } from '../users/account.ts';
import type { LoginChange, LoginRecord, LoginStore } from '../users/user.ts';
import type { ItemTable } from './item-client.ts';
import type { ItemUpdate } from './item-update.ts';
import { findItem } from './items.ts';
import { userKey } from './keys.ts';
import { accountSessionsSchema, toAccountSessions } from './session-item.ts';
import { addChange, updateSessions } from './session-updates.ts';

const loginSchema = v.object({
  ...accountSessionsSchema.entries,
  first_name: v.string(),
  last_name: v.string(),
  password: v.string(),
  places: v.optional(v.array(v.string()), []),
});

/** Reads and updates users for logins: password hash, sessions and known networks. */
export class LoginRepository implements LoginStore {
  readonly #table: ItemTable;
  readonly #clock: Clock;

  constructor(table: ItemTable, clock: Clock = Date.now) {
    this.#table = table;
    this.#clock = clock;
  }

  async findLogin(username: string): Promise<LoginRecord | undefined> {
    const item = await findItem(this.#table, userKey(username), loginSchema);
    if (item === undefined) return undefined;
    const { first_name: firstName, last_name: lastName, password, places: knownNetworks } = item;
    const state = toAccountSessions(item);
    return { ...state, account: { ...state.account, firstName, lastName }, password, knownNetworks };
  }

  openForLogin(
    record: LoginRecord,
    insert: SessionInsert,
    { hash, knownNetworks }: LoginChange,
  ): Promise<boolean> {
    return this.#succeeds(record.account, (update) => {
      ifUnchanged(update, record, insert);
      if (hash !== undefined) update.set(['password'], hash);
      return knownNetworks === undefined ? update : update.set(['places'], knownNetworks);
    });
  }

  evict(account: Account, eviction: Eviction): Promise<boolean> {
    return this.#succeeds(account, (update) => addChange(update, eviction));
  }

  changePassword(record: LoginRecord, hash: string, change: EndOthers): Promise<boolean> {
    return this.#succeeds(record.account, (update) =>
      ifUnchanged(update, record, change).set(['password'], hash),
    );
  }

  async #succeeds({ id, username }: Account, change: (update: ItemUpdate) => ItemUpdate): Promise<boolean> {
    const owner = { userId: id, username };
    return (await updateSessions(this.#table, owner, change, this.#clock)) !== undefined;
  }
}

/** Condition: the hash is the one that was checked. */
const ifUnchanged = (update: ItemUpdate, { password }: LoginRecord, change: SessionChange): ItemUpdate =>
  addChange(update, change).ifEquals(['password'], password);
