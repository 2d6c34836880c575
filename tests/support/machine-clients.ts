import type { AccountSessions, Session, SessionRules } from '../../lib/sessions/session.ts';
import type { SessionChange } from '../../lib/sessions/session-change.ts';
import type { RefreshRequest } from '../../lib/sessions/session-machine.ts';
import { endSession } from '../../lib/sessions/session-machine.ts';
import type { Client, Endings } from './machine-interleavings.ts';

const NOW = Date.UTC(2026, 0, 2);
const LOGIN_AT = NOW / 1000 - 86_400;
export const PHONE = 'phone-session-22-chars';
export const TABLET = 'tablet-session-22-char';
export const LEGACY = `django-${LOGIN_AT + 604_800}-legacy-session-22-char`;
export const OWNER = { userId: 1, username: 'deku' };

export const MACHINE_RULES: SessionRules = {
  lifetimeSeconds: 604_800,
  refreshSeconds: 2_419_200,
  allowRefresh: true,
  refreshAfterExpiry: false,
  leewaySeconds: 0,
  sessionsPerUser: 20,
  reuseDetection: 'auto',
  reuseSeconds: undefined,
};

/** A session after its login a day ago. */
export const sessionOf = (given: Partial<Session> = {}): Session => ({
  generation: 0,
  createdAt: LOGIN_AT * 1000,
  refreshedAt: LOGIN_AT * 1000,
  refreshableUntil: LOGIN_AT + MACHINE_RULES.refreshSeconds,
  current: { expiresAt: LOGIN_AT + 604_800, claims: { email: 'deku@example.com' }, nonce: 'login' },
  previous: undefined,
  idempotencyKey: undefined,
  isOptedIn: false,
  label: undefined,
  address: undefined,
  ...given,
});

/** An account with a session of a phone and one of a tablet. */
export const stateOf = (given: Partial<Session> = {}): AccountSessions => ({
  account: { id: OWNER.userId, username: OWNER.username, email: 'deku@example.com', isActive: true },
  claims: { email: 'deku@example.com' },
  sessions: new Map([
    [PHONE, sessionOf(given)],
    [TABLET, sessionOf(given)],
  ]),
  revoked: { sids: new Set(), before: undefined },
});

/** A request to refresh a token of a session, made a number of seconds from now. */
export const requestOf = (
  name: string,
  sid: string,
  generation: number,
  {
    second = 0,
    key,
    instance,
  }: { second?: number; key?: string | undefined; instance?: string | undefined } = {},
): RefreshRequest => ({
  principal: {
    ...OWNER,
    sid,
    instance,
    generation: sid === LEGACY && generation === 0 ? undefined : generation,
    isLegacy: sid === LEGACY && generation === 0,
    loginAt: LOGIN_AT,
    validUntil: LOGIN_AT + 604_800,
  },
  originallyIssuedAt: LOGIN_AT,
  client: { label: undefined, address: undefined, idempotencyKey: key },
  // Each request is in a different second, so that a fork is visible in the token.
  issued: { expiresAt: NOW / 1000 + second + 604_800, nonce: name },
  at: NOW + second * 1000,
});

/** Returns the position of the newest token that one of these clients received. */
function newestOf(endings: Endings, names: readonly string[]) {
  const responses = names.flatMap((name) => {
    const ending = endings.get(name);
    return ending?.type === 'completed' ? [ending.result] : [];
  });
  const [newest] = responses.sort((a, b) => b.generation - a.generation);
  return { generation: newest?.generation ?? 0, instance: newest?.instance };
}

/**
 * Four refreshes of one session: two concurrent ones, one with their token, and one by a second copy of the first
 * client.
 */
export function refreshesOf(sid: string, key?: string): Client[] {
  const first = (name: string, second: number): Client => ({
    name,
    losesResponses: true,
    begin: () => ({ refresh: requestOf(name, sid, 0, { second, key }) }),
  });
  return [
    first('first', 1),
    { ...first('second', 2), follows: 'first' },
    {
      name: 'third',
      losesResponses: true,
      after: ['first', 'second'],
      begin: (endings) => {
        const { generation, instance } = newestOf(endings, ['first', 'second']);
        return { refresh: requestOf('third', sid, generation, { second: 3, key, instance }) };
      },
    },
    { ...first('copy', 4), losesResponses: false },
  ];
}

export const refreshOfTablet: Client = {
  name: 'tablet',
  losesResponses: true,
  begin: () => ({ refresh: requestOf('tablet', TABLET, 0, { second: 5 }) }),
};

const changing = (name: string, change: SessionChange): Client => ({
  name,
  losesResponses: true,
  begin: () => ({ change }),
});

export const REVOCATIONS = ['logout', 'logout everywhere'];
export const logoutOf = (sid: string): Client => changing('logout', endSession(sid));
export const logoutEverywhere: Client = changing('logout everywhere', {
  type: 'end_all',
  revokedBefore: NOW / 1000,
});
