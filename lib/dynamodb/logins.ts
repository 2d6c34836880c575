import * as v from 'valibot';
import type { EndOthers, Eviction, SessionChange, SessionInsert } from '../sessions/session-change.ts';
import type { Account } from '../users/account.ts';
import type { LoginChange, LoginRecord, LoginStore } from '../users/user.ts';
import type { Table } from './client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { getItem, parseItem } from './items.ts';
import { userKey } from './keys.ts';
import { accountSessionsSchema, toAccountSessions } from './session-item.ts';
import { addChange } from './session-updates.ts';

const loginSchema = v.object({
  ...accountSessionsSchema.entries,
  first_name: v.string(),
  last_name: v.string(),
  password: v.string(),
  places: v.optional(v.array(v.string()), []),
});
const LOGIN_ATTRIBUTES = Object.keys(loginSchema.entries);

/** Reads and updates users for logins: password hash, sessions and known networks. */
export class LoginRepository implements LoginStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async findLogin(username: string): Promise<LoginRecord | undefined> {
    const item = await getItem(this.#table, userKey(username), LOGIN_ATTRIBUTES);
    if (item === undefined) return undefined;
    const {
      first_name: firstName,
      last_name: lastName,
      password,
      places: knownNetworks,
      ...sessions
    } = parseItem(loginSchema, item);
    const state = toAccountSessions(sessions);
    return { ...state, account: { ...state.account, firstName, lastName }, password, knownNetworks };
  }

  openForLogin(
    record: LoginRecord,
    insert: SessionInsert,
    { hash, knownNetworks }: LoginChange,
  ): Promise<boolean> {
    const update = ifUnchanged(record, insert);
    if (hash !== undefined) update.set(['password'], hash);
    if (knownNetworks !== undefined) update.set(['places'], knownNetworks);
    return this.#succeeds(record.account, update);
  }

  evict(account: Account, eviction: Eviction): Promise<boolean> {
    return this.#succeeds(account, updateOf(account, eviction));
  }

  changePassword(record: LoginRecord, hash: string, change: EndOthers): Promise<boolean> {
    return this.#succeeds(record.account, ifUnchanged(record, change).set(['password'], hash));
  }

  async #succeeds({ username }: Account, update: ItemUpdate): Promise<boolean> {
    return (await updateItem(this.#table, userKey(username), update)) !== undefined;
  }
}

const updateOf = ({ id }: Account, change: SessionChange): ItemUpdate =>
  addChange(new ItemUpdate().ifEquals(['user_id'], id), change);

/** Condition: the hash is the one that was checked. */
const ifUnchanged = ({ account, password }: LoginRecord, change: SessionChange): ItemUpdate =>
  updateOf(account, change).ifEquals(['password'], password);
