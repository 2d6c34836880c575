import { toSeconds } from '../clock.ts';
import type { AccountSessions, Session, SessionRules } from './session.ts';
import type { EndOthers, SessionEnd, SurvivingSession } from './session-change.ts';
import { isLegacySid, newNonce } from './session-id.ts';
import { type Principal, toSafeInteger } from './token-validity.ts';

/** Ends one session. If it began with a token issued by Django, revokes that token. */
export const endSession = (sid: string): SessionEnd => ({
  type: 'end',
  sid,
  tombstones: [sid].filter(isLegacySid),
});

/** Plans ending all sessions of an account except the caller's. @param nowMs milliseconds since 1970 */
export const planEndOthers = (
  state: AccountSessions,
  caller: Principal,
  rules: Pick<SessionRules, 'refreshSeconds'>,
  nowMs: number,
): EndOthers => ({
  type: 'end_others',
  surviving: survivingSession(state, caller, rules, nowMs),
  revokedBefore: toSeconds(nowMs),
});

/** Returns the caller's session. A token issued by Django may not have one yet; it is then created from the token. */
function survivingSession(
  { claims, sessions }: AccountSessions,
  { sid, loginAt, validUntil }: Principal,
  { refreshSeconds }: Pick<SessionRules, 'refreshSeconds'>,
  nowMs: number,
): SurvivingSession {
  const stored = sessions.get(sid);
  if (stored !== undefined) return { sid, session: stored, isStored: true, loginAt };
  // `loginAt` comes from the token, so it is clamped to times that a `Date` can represent.
  const at = loginAt === undefined ? nowMs : Math.min(Math.max(0, loginAt * 1000), nowMs);
  const nonce = newNonce();
  const session: Session = {
    generation: 0,
    instance: nonce,
    createdAt: at,
    refreshedAt: at,
    refreshableUntil: loginAt === undefined ? 0 : toSafeInteger(loginAt + refreshSeconds),
    current: { expiresAt: validUntil, claims, nonce },
    previous: undefined,
    idempotencyKey: undefined,
    isOptedIn: false,
    label: undefined,
    address: undefined,
  };
  return { sid, session, isStored: false, loginAt };
}
