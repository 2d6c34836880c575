import * as v from 'valibot';
import { type Clock, toSeconds } from '../clock.ts';
import type {
  Advance,
  EndAll,
  EndOthers,
  Eviction,
  RevocationFold,
  SessionChange,
  SessionEnd,
  SessionInsert,
} from '../sessions/session-change.ts';
import { isLegacySid } from '../sessions/session-id.ts';
import { planFold } from '../sessions/session-machine.ts';
import type { Subject } from '../tokens/claims.ts';
import { CLAIM_NAMES } from '../tokens/signed-claims.ts';
import type { ItemTable } from './item-client.ts';
import { ItemUpdate, updateItem } from './item-update.ts';
import { type Item, parseItem } from './items.ts';
import { userKey } from './keys.ts';
import { accountSessionsSchema, fromSession, PREVIOUS } from './session-item.ts';

const revokedSchema = v.pick(accountSessionsSchema, ['ended_tokens']);

/**
 * Updates the item of a user, and bounds the list of revoked tokens that the update added to. Returns the changed
 * attributes, or undefined if a condition failed.
 *
 * @param owner the user, which is a condition of the update
 * @throws {UnavailableError} also if the update was written and the list was not bounded
 */
export async function updateSessions(
  table: ItemTable,
  owner: Subject,
  change: (update: ItemUpdate) => ItemUpdate,
  clock: Clock,
): Promise<Item | undefined> {
  const begin = () => new ItemUpdate().ifEquals(['user_id'], owner.userId);
  const key = userKey(owner.username);
  const updated = await updateItem(table, key, change(begin()));
  if (updated?.ended_tokens === undefined) return updated;
  const fold = planFold(parseItem(revokedSchema, updated).ended_tokens, toSeconds(clock()));
  if (fold === undefined) return updated;
  const isFolded = await updateItem(table, key, addFold(begin(), fold));
  // The condition failed: a later time is stored, which covers these tokens.
  if (isFolded === undefined) await updateItem(table, key, begin().deleteFrom(['ended_tokens'], fold.sids));
  return updated;
}

/**
 * Condition: no later time is stored. This attribute is separate from that of "end all sessions": an earlier time there would
 * overwrite the later one here.
 */
function addFold(update: ItemUpdate, { sids, revokedBefore }: RevocationFold): ItemUpdate {
  const before = update.path(['folded_up_to']);
  return update
    .if(`attribute_not_exists(${before})`, `${before} <= ${update.value(revokedBefore)}`)
    .set(['folded_up_to'], revokedBefore)
    .deleteFrom(['ended_tokens'], sids);
}

/** Adds a change of sessions and its conditions to an update of their user's item. */
export function addChange(update: ItemUpdate, change: SessionChange): ItemUpdate {
  switch (change.type) {
    case 'advance':
      return addAdvance(update, change);
    case 'insert':
      return addInsert(update, change);
    case 'end':
      return addEnd(update, change);
    case 'evict':
      return addEviction(update, change);
    case 'end_others':
      return addEndOthers(update, change);
    case 'end_all':
      return addEndAll(update, change);
  }
}

/** Condition: the account is active. */
const ifActive = (update: ItemUpdate): ItemUpdate => update.ifEquals(['is_active'], true);

/** Condition: a session that began with a token issued by Django is still the same one. Other ids are not used again. */
function ifInstance(update: ItemUpdate, sid: string, instance: string | undefined): ItemUpdate {
  if (!isLegacySid(sid)) return update;
  const path = ['sessions', sid, 'instance'] as const;
  return instance === undefined
    ? update.if(`attribute_not_exists(${update.path(path)})`)
    : update.ifEquals(path, instance);
}

function addAdvance(update: ItemUpdate, change: Advance): ItemUpdate {
  const { sid, instance, from, issued, idempotencyKey, address, at } = change;
  const path = (name: string) => ['sessions', sid, name] as const;
  ifInstance(ifActive(update), sid, instance)
    .ifEquals(path('generation'), from)
    .set(path('generation'), from + 1)
    .set(path('refreshed_at'), at)
    .copy(path(`${PREVIOUS}exp`), path('exp'))
    .copy(path(`${PREVIOUS}nonce`), path('nonce'))
    .set(path('exp'), issued.expiresAt)
    .set(path('nonce'), issued.nonce);
  for (const claim of CLAIM_NAMES) {
    // An item that was stored before a claim was introduced lacks its attribute.
    update.copyOrNull(path(PREVIOUS + claim), path(claim)).copyOrNull(path(claim), [claim]);
  }
  if (idempotencyKey === undefined) update.remove(path('idempotency_key'));
  else update.set(path('idempotency_key'), idempotencyKey).set(path('opted_in'), true);
  return address === undefined ? update : update.set(path('address'), address);
}

function addInsert(update: ItemUpdate, change: SessionInsert): ItemUpdate {
  const { sid, session, evicted, maxExisting, tombstones, expiredTombstones, legacy } = change;
  ifActive(update)
    .if(`size(${update.path(['sessions'])}) <= ${update.value(maxExisting)}`)
    .if(`attribute_not_exists(${update.path(['sessions', sid])})`)
    .set(['sessions', sid], fromSession(session));
  for (const [one, { refreshedAt }] of evicted) {
    update.ifEquals(['sessions', one, 'refreshed_at'], refreshedAt).remove(['sessions', one]);
  }
  if (legacy !== undefined) ifNotRevoked(update, sid, legacy.loginAt);
  return update.addTo(['ended_tokens'], tombstones).deleteFrom(['ended_tokens'], expiredTombstones);
}

const addEnd = (update: ItemUpdate, { sid, tombstones }: SessionEnd): ItemUpdate =>
  update.remove(['sessions', sid]).addTo(['ended_tokens'], tombstones);

function addEviction(update: ItemUpdate, { evicted, tombstones }: Eviction): ItemUpdate {
  for (const [sid, { refreshedAt }] of evicted) {
    const [session, at] = [update.path(['sessions', sid]), update.path(['sessions', sid, 'refreshed_at'])];
    update
      .if(`attribute_not_exists(${session})`, `${at} = ${update.value(refreshedAt)}`)
      .remove(['sessions', sid]);
  }
  return update.addTo(['ended_tokens'], tombstones);
}

function addEndOthers(update: ItemUpdate, change: EndOthers): ItemUpdate {
  const { sid, session, isStored, loginAt, revokedBefore } = change;
  ifActive(update);
  if (isStored) {
    ifInstance(update, sid, session.instance).ifEquals(['sessions', sid, 'generation'], session.generation);
  } else ifNotRevoked(update.if(`attribute_not_exists(${update.path(['sessions', sid])})`), sid, loginAt);
  return update.set(['sessions'], { [sid]: fromSession(session) }).set(['ended_up_to'], revokedBefore);
}

const addEndAll = (update: ItemUpdate, { revokedBefore }: EndAll): ItemUpdate =>
  update.set(['sessions'], {}).set(['ended_up_to'], revokedBefore);

/** Condition: the token issued by Django has not been revoked, individually or by "end all sessions". */
function ifNotRevoked(update: ItemUpdate, sid: string, loginAt: number | undefined): ItemUpdate {
  const sids = update.path(['ended_tokens']);
  update.if(`attribute_not_exists(${sids})`, `NOT contains(${sids}, ${update.value(sid)})`);
  for (const attribute of ['ended_up_to', 'folded_up_to']) {
    const before = update.path([attribute]);
    const isAfter = loginAt === undefined ? [] : [`${before} < ${update.value(loginAt)}`];
    update.if(`attribute_not_exists(${before})`, ...isAfter);
  }
  return update;
}
