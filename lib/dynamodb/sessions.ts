import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import type { AccountSessions, IssuedToken } from '../sessions/session.ts';
import type { Advance, SessionChange, SessionStore } from '../sessions/session-change.ts';
import { isLegacySid } from '../sessions/session-id.ts';
import type { Subject } from '../tokens/claims.ts';
import type { ItemTable } from './item-client.ts';
import { findItem, getItem, parseItem } from './items.ts';
import { userKey } from './keys.ts';
import { accountSessionsSchema, TOKEN_ATTRIBUTES, toAccountSessions, toIssuedToken } from './session-item.ts';
import { addChange, updateSessions } from './session-updates.ts';

const advancedSchema = v.record(v.string(), v.record(v.string(), v.unknown()));

/** Sessions, which are stored in the item of their user. */
export class SessionRepository implements SessionStore {
  readonly #table: ItemTable;
  readonly #clock: Clock;

  constructor(table: ItemTable, clock: Clock = Date.now) {
    this.#table = table;
    this.#clock = clock;
  }

  async findSession(username: string, sid: string): Promise<AccountSessions | undefined> {
    const revoked = isLegacySid(sid) ? ['ended_tokens', 'ended_up_to', 'folded_up_to'] : [];
    const attributes = [...TOKEN_ATTRIBUTES, ...revoked, 'sessions.#sid'];
    const item = await getItem(this.#table, userKey(username), attributes, { '#sid': sid });
    return item && toAccountSessions(parseItem(accountSessionsSchema, item));
  }

  async findAccountSessions(username: string): Promise<AccountSessions | undefined> {
    const item = await findItem(this.#table, userKey(username), accountSessionsSchema);
    return item && toAccountSessions(item);
  }

  async advance(owner: Subject, change: Advance): Promise<IssuedToken | undefined> {
    const updated = await this.#update(owner, change);
    if (updated === undefined) return undefined;
    const sessions = parseItem(advancedSchema, updated.sessions);
    return toIssuedToken(sessions[change.sid] ?? {});
  }

  async write(owner: Subject, change: Exclude<SessionChange, Advance>): Promise<boolean> {
    return (await this.#update(owner, change)) !== undefined;
  }

  #update(owner: Subject, change: SessionChange) {
    return updateSessions(this.#table, owner, (update) => addChange(update, change), this.#clock);
  }
}
