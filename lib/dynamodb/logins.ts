import * as v from 'valibot';
import type { Kept, Opening, Session } from '../sessions/session.ts';
import type { Account, LoginChange, LoginRecord, LoginStore } from '../users/user.ts';
import type { Table } from './client.ts';
import { parseItem } from './item.ts';
import { ItemUpdate } from './item-update.ts';
import { holderSchema, toHolder } from './session-item.ts';
import { evictSessions, ifActive, keepOnly, openSession } from './session-updates.ts';
import { getUserItem, updateUserItem } from './user-access.ts';

const loginSchema = v.object({
  ...holderSchema.entries,
  password: v.string(),
  places: v.optional(v.array(v.string()), []),
});
const LOGIN_ATTRIBUTES = Object.keys(loginSchema.entries);

/** Users as a login finds and leaves them: with the hash, the sessions and the places. */
export class LoginRepository implements LoginStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async findLogin(username: string): Promise<LoginRecord | undefined> {
    const item = await getUserItem(this.#table, username, LOGIN_ATTRIBUTES);
    if (item === undefined) return undefined;
    const { password, places, ...holder } = parseItem(loginSchema, item);
    return { ...toHolder(holder), password, places };
  }

  openForLogin(record: LoginRecord, opening: Opening, { hash, places }: LoginChange): Promise<boolean> {
    const update = openSession(ifUnchanged(record), opening);
    if (hash !== undefined) update.set(['password'], hash);
    if (places !== undefined) update.set(['places'], places);
    return this.#succeeds(record, update);
  }

  evict(account: Account, evicted: ReadonlyMap<string, Session>): Promise<boolean> {
    const update = evictSessions(new ItemUpdate().ifEquals(['user_id'], account.id), evicted);
    return this.#succeeds({ account }, update);
  }

  changePassword(record: LoginRecord, hash: string, kept: Kept, upTo: number): Promise<boolean> {
    return this.#succeeds(record, keepOnly(ifUnchanged(record), kept, upTo).set(['password'], hash));
  }

  async #succeeds({ account }: Pick<LoginRecord, 'account'>, update: ItemUpdate): Promise<boolean> {
    return (await updateUserItem(this.#table, account.username, update)) !== undefined;
  }
}

/** Goes ahead only if the account is active and its hash the one that was checked. */
const ifUnchanged = ({ account, password }: LoginRecord): ItemUpdate =>
  ifActive(new ItemUpdate(), account.id).ifEquals(['password'], password);
