import type {
  Advance,
  EndAll,
  EndOthers,
  Eviction,
  SessionChange,
  SessionEnd,
  SessionInsert,
} from '../sessions/session-change.ts';
import { CLAIM_NAMES } from '../tokens/signed-claims.ts';
import type { ItemUpdate } from './item-update.ts';
import { fromSession, PREVIOUS } from './session-item.ts';

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

function addAdvance(update: ItemUpdate, change: Advance): ItemUpdate {
  const { sid, from, issued, idempotencyKey, address, at } = change;
  const path = (name: string) => ['sessions', sid, name] as const;
  ifActive(update)
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
      .if(`attribute_not_exists(${session}) OR ${at} = ${update.value(refreshedAt)}`)
      .remove(['sessions', sid]);
  }
  return update.addTo(['ended_tokens'], tombstones);
}

function addEndOthers(update: ItemUpdate, { surviving, revokedBefore }: EndOthers): ItemUpdate {
  const { sid, session, isStored, loginAt } = surviving;
  ifActive(update);
  if (isStored) update.ifEquals(['sessions', sid, 'generation'], session.generation);
  else ifNotRevoked(update.if(`attribute_not_exists(${update.path(['sessions', sid])})`), sid, loginAt);
  return update.set(['sessions'], { [sid]: fromSession(session) }).set(['ended_up_to'], revokedBefore);
}

const addEndAll = (update: ItemUpdate, { revokedBefore }: EndAll): ItemUpdate =>
  update.set(['sessions'], {}).set(['ended_up_to'], revokedBefore);

/** Condition: the token issued by Django has not been revoked, individually or by "end all sessions". */
function ifNotRevoked(update: ItemUpdate, sid: string, loginAt: number | undefined): ItemUpdate {
  const sids = update.path(['ended_tokens']);
  const before = update.path(['ended_up_to']);
  const isAfter = loginAt === undefined ? '' : ` OR ${before} < ${update.value(loginAt)}`;
  return update
    .if(`attribute_not_exists(${sids}) OR NOT contains(${sids}, ${update.value(sid)})`)
    .if(`attribute_not_exists(${before})${isAfter}`);
}
