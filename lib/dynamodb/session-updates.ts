import type { Kept, Opening, Session } from '../sessions/session.ts';
import { isOfDjango } from '../sessions/session-id.ts';
import type { ItemUpdate } from './item-update.ts';
import { fromSession } from './session-item.ts';

/** Goes ahead only on the active account of an id. */
export const ifActive = (update: ItemUpdate, userId: number): ItemUpdate =>
  update.ifEquals(['user_id'], userId).ifEquals(['is_active'], true);

/** Stores a session; those that fall out are still as they were read, and no other took the room. */
export function openSession(update: ItemUpdate, opening: Opening): ItemUpdate {
  const { sid, session, fallen, others, forgotten } = opening;
  update
    .if(`size(${update.path(['sessions'])}) <= ${update.value(others)}`)
    .if(`attribute_not_exists(${update.path(['sessions', sid])})`)
    .set(['sessions', sid], fromSession(session));
  for (const [one, { refreshedAt }] of fallen) {
    update.ifEquals(['sessions', one, 'refreshed_at'], refreshedAt).remove(['sessions', one]);
  }
  const ended = [...fallen.keys()].filter(isOfDjango);
  // One write cannot both add to a set and take out of it: what has run out waits for the next one.
  return ended.length > 0
    ? update.addTo(['ended_tokens'], ended)
    : update.deleteFrom(['ended_tokens'], forgotten);
}

/** Evicts sessions that are stored as they were read, or not at all: several writers may evict the same ones. */
export function evictSessions(update: ItemUpdate, evicted: ReadonlyMap<string, Session>): ItemUpdate {
  for (const [sid, { refreshedAt }] of evicted) {
    const [session, at] = [update.path(['sessions', sid]), update.path(['sessions', sid, 'refreshed_at'])];
    update
      .if(`attribute_not_exists(${session}) OR ${at} = ${update.value(refreshedAt)}`)
      .remove(['sessions', sid]);
  }
  return update.addTo(['ended_tokens'], [...evicted.keys()].filter(isOfDjango));
}

/** Ends every session, and the tokens of Django's whose login was up to a second. */
export const endEvery = (update: ItemUpdate, upTo: number): ItemUpdate =>
  update.set(['sessions'], {}).set(['ended_up_to'], upTo);

/** Goes ahead only while a token of Django's stands that has no session: it was not ended, and neither was its login. */
export function ifNotEnded(update: ItemUpdate, sid: string, loginAt: number | undefined): ItemUpdate {
  const ended = update.path(['ended_tokens']);
  const upTo = update.path(['ended_up_to']);
  const isAfter = loginAt === undefined ? '' : ` OR ${upTo} < ${update.value(loginAt)}`;
  return update
    .if(`attribute_not_exists(${ended}) OR NOT contains(${ended}, ${update.value(sid)})`)
    .if(`attribute_not_exists(${upTo})${isAfter}`);
}

/** Does the same to all but one session, which is still as it was read. */
export function keepOnly(
  update: ItemUpdate,
  { sid, session, isStored, loginAt }: Kept,
  upTo: number,
): ItemUpdate {
  if (isStored) update.ifEquals(['sessions', sid, 'generation'], session.generation);
  else ifNotEnded(update.if(`attribute_not_exists(${update.path(['sessions', sid])})`), sid, loginAt);
  return update.set(['sessions'], { [sid]: fromSession(session) }).set(['ended_up_to'], upTo);
}
