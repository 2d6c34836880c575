import * as v from 'valibot';
import type {
  Advance,
  Kept,
  Opening,
  Session,
  SessionHolder,
  SessionStore,
  TokenState,
} from '../sessions/session.ts';
import { isOfDjango } from '../sessions/session-id.ts';
import type { Account } from '../users/user.ts';
import type { Table } from './client.ts';
import { parseItem } from './item.ts';
import { ItemUpdate } from './item-update.ts';
import { HOLDER_ATTRIBUTES, holderSchema, toEndedTokens, toHolder, toSession } from './session-item.ts';
import { endEvery, evictSessions, ifActive, ifNotEnded, keepOnly, openSession } from './session-updates.ts';
import { getUserItem, updateUserItem } from './user-access.ts';
import { ACCOUNT_ATTRIBUTES, toAccount } from './user-item.ts';

const advancedSchema = v.record(v.string(), v.object({ email: v.string() }));

/** Sessions, which are part of their user's item: one item is the unit of consistency. */
export class SessionRepository implements SessionStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async findState(username: string, sid: string): Promise<TokenState | undefined> {
    const ended = isOfDjango(sid) ? ['ended_tokens', 'ended_up_to'] : [];
    const item = await getUserItem(
      this.#table,
      username,
      [...ACCOUNT_ATTRIBUTES, ...ended, 'sessions.#sid'],
      { '#sid': sid },
    );
    if (item === undefined) return undefined;
    const parsed = parseItem(holderSchema, item);
    const session = parsed.sessions[sid];
    return {
      account: toAccount(parsed),
      session: session && toSession(session),
      ended: toEndedTokens(parsed),
    };
  }

  async findHolder(username: string): Promise<SessionHolder | undefined> {
    const item = await getUserItem(this.#table, username, HOLDER_ATTRIBUTES);
    return item === undefined ? undefined : toHolder(parseItem(holderSchema, item));
  }

  async advance(advance: Advance): Promise<string | undefined> {
    const { username, userId, sid, from, at, expiresAt, nonce, idempotencyKey, address } = advance;
    const update = ifActive(new ItemUpdate(), userId)
      .ifEquals(['sessions', sid, 'generation'], from)
      .set(['sessions', sid, 'generation'], from + 1)
      .set(['sessions', sid, 'refreshed_at'], at)
      .copy(['sessions', sid, 'previous_exp'], ['sessions', sid, 'exp'])
      .copy(['sessions', sid, 'previous_email'], ['sessions', sid, 'email'])
      .copy(['sessions', sid, 'previous_nonce'], ['sessions', sid, 'nonce'])
      .set(['sessions', sid, 'exp'], expiresAt)
      .copy(['sessions', sid, 'email'], ['email'])
      .set(['sessions', sid, 'nonce'], nonce);
    if (idempotencyKey === undefined) update.remove(['sessions', sid, 'idempotency_key']);
    else update.set(['sessions', sid, 'idempotency_key'], idempotencyKey);
    if (address !== undefined) update.set(['sessions', sid, 'address'], address);
    const updated = await updateUserItem(this.#table, username, update);
    if (updated === undefined) return undefined;
    return parseItem(advancedSchema, updated.sessions)[sid]?.email;
  }

  async openForToken(
    { username, id }: Account,
    loginAt: number | undefined,
    opening: Opening,
  ): Promise<boolean> {
    const update = openSession(ifActive(new ItemUpdate(), id), opening);
    ifNotEnded(update, opening.sid, loginAt);
    return (await updateUserItem(this.#table, username, update)) !== undefined;
  }

  async evict({ username, id }: Account, evicted: ReadonlyMap<string, Session>): Promise<boolean> {
    const update = evictSessions(new ItemUpdate().ifEquals(['user_id'], id), evicted);
    return (await updateUserItem(this.#table, username, update)) !== undefined;
  }

  async end(username: string, userId: number, sid: string): Promise<void> {
    const update = new ItemUpdate()
      .ifEquals(['user_id'], userId)
      .remove(['sessions', sid])
      .addTo(['ended_tokens'], [sid].filter(isOfDjango));
    await updateUserItem(this.#table, username, update);
  }

  async endOthers({ username, id }: Account, kept: Kept, upTo: number): Promise<boolean> {
    const update = keepOnly(ifActive(new ItemUpdate(), id), kept, upTo);
    return (await updateUserItem(this.#table, username, update)) !== undefined;
  }

  async endAll(username: string, userId: number, upTo: number): Promise<void> {
    await updateUserItem(
      this.#table,
      username,
      endEvery(new ItemUpdate().ifEquals(['user_id'], userId), upTo),
    );
  }
}
