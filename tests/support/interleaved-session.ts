import { afterAll, beforeAll, expect } from 'vitest';
import type { ItemClient, ItemTable } from '../../lib/dynamodb/item-client.ts';
import { fromSession } from '../../lib/dynamodb/session-item.ts';
import type { SessionRepository } from '../../lib/dynamodb/sessions.ts';
import { userAttributes } from '../../lib/dynamodb/user-item.ts';
import { TokenError } from '../../lib/errors.ts';
import type { ReuseDetection, Session, SessionRules } from '../../lib/sessions/session.ts';
import { TokenAuthenticator } from '../../lib/sessions/token-authenticator.ts';
import { TokenRefresher } from '../../lib/sessions/token-refresher.ts';
import { TokenRevoker } from '../../lib/sessions/token-revoker.ts';
import { toPrincipal } from '../../lib/sessions/token-validity.ts';
import type { Tokens } from '../../lib/tokens/tokens.ts';
import { PasswordChange } from '../../lib/users/password-change.ts';
import {
  createLoginRepository,
  createSessionRepository,
  createTokens,
  createUserImports,
  createUserRepository,
} from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { RULES } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { type Actor, clientOf, explore, type History, ItemEngine, type Result } from './interleavings.ts';
import { unlimited } from './logins.ts';

const NOW = Date.UTC(2026, 0, 2);
const LOGIN_AT = NOW / 1000 - 86_400;
const SID = 'AAAAAAAAAAAAAAAAAAAAAA';
const OTHER_SID = 'BBBBBBBBBBBBBBBBBBBBBB';
const UNKNOWN_DEVICE = { label: undefined, address: undefined, idempotencyKey: undefined };
const user = userOf({ password: 'old hash' });
export const ITEM_KEY = `USER#${user.username}`;
const clock = () => NOW;
const real = createTokens({ settings: { tokens: RULES }, clock });
/** The same tokens occur thousands of times. Each is signed and verified only once. */
const tokens = {
  issue: once((...[owner, grant]: Parameters<Tokens['issue']>) => real.issue(owner, grant)),
  verify: once((token: string) => real.verify(token)),
  verifyEvenExpired: once((token: string) => real.verifyEvenExpired(token)),
};
/** Retries do not pause, because the exploration determines the order. */
const AT_ONCE = { now: clock, random: () => 0, pause: async () => {} };

const session: Session = {
  ...UNKNOWN_DEVICE,
  generation: 0,
  createdAt: LOGIN_AT * 1000,
  refreshedAt: LOGIN_AT * 1000,
  refreshableUntil: LOGIN_AT + RULES.refreshSeconds,
  current: { expiresAt: LOGIN_AT + RULES.lifetimeSeconds, claims: { email: user.email }, nonce: 'login' },
  previous: undefined,
  isOptedIn: false,
};
const start = {
  pk: ITEM_KEY,
  ...JSON.parse(JSON.stringify(userAttributes({ user, imported: undefined }))),
  sessions: JSON.parse(JSON.stringify({ [SID]: fromSession(session), [OTHER_SID]: fromSession(session) })),
};
const grant = {
  generation: 0,
  expiresAt: session.current.expiresAt,
  originallyIssuedAt: LOGIN_AT,
};

let table: TestTable;
let engine: ItemEngine;
let own = '';
let other = '';
let django = '';

/** Creates the table and the tokens before the tests of the file. */
export function useInterleavedSession(): void {
  beforeAll(async () => {
    table = await createTestTable();
    engine = new ItemEngine(table, ITEM_KEY);
    own = await tokens.issue(user, { ...grant, sid: SID });
    other = await tokens.issue(user, { ...grant, sid: OTHER_SID });
    django = djangoToken(user, { at: LOGIN_AT * 1000 });
  });
  afterAll(() => table.remove());
}

/** The tokens to refresh, by issuer. */
export const TOKENS: [string, () => string][] = [
  ['a session', () => own],
  ['a token issued by Django', () => django],
];

function once<Input extends unknown[], Output>(
  work: (...input: Input) => Promise<Output>,
): (...input: Input) => Promise<Output> {
  const known = new Map<string, Promise<Output>>();
  return (...input) => {
    const id = JSON.stringify(input);
    const output = known.get(id) ?? work(...input);
    known.set(id, output);
    return output;
  };
}

type CreateSessions = (table: ItemTable) => SessionRepository;
const tableOf = (client: ItemClient): ItemTable => ({ client, name: table.name });
const tokenFrom = (result: Result | undefined) =>
  result !== undefined && result !== 'died' && 'value' in result ? result.value : undefined;
const errorOf = (result: Result | undefined) =>
  result !== undefined && result !== 'died' && 'error' in result ? result.error : undefined;
const isText = (value: unknown): value is string => typeof value === 'string';

const REVOCATIONS = ['logout', 'password change', 'disabling'];
const REFRESHES = ['first', 'second', 'third'];

/** Returns all actors that use a session, with the given repository class. */
function actorsOn(createSessions: CreateSessions, token: string, rules: SessionRules = RULES) {
  const refresh = (
    name: string,
    tokenFor: (results: ReadonlyMap<string, Result>) => string,
    after: string[] = [],
    // Each refresh is in a different second, so that a fork is visible in the bytes.
    at = NOW + 5000 * REFRESHES.indexOf(name),
  ): Actor => ({
    name,
    after,
    loses: ['retry', 'dies'],
    run: async (client, results) => {
      const sessions = createSessions(tableOf(client));
      const refresher = new TokenRefresher({
        tokens,
        sessions,
        rules,
        clock: () => at,
        newNonce: () => name,
        retryTiming: AT_ONCE,
      });
      return (await refresher.refresh(tokenFor(results), UNKNOWN_DEVICE)).token;
    },
  });
  return {
    first: refresh('first', () => token),
    second: { ...refresh('second', () => token), follows: 'first' },
    /**
     * The next request of the same client, after the earlier ones have ended: refreshes the newest token that it
     * received.
     */
    third: refresh(
      'third',
      (results) => [results.get('first'), results.get('second')].map(tokenFrom).find(isText) ?? token,
      ['first', 'second'],
    ),
    /** Refreshes a second copy of the token at any time. */
    copy: { ...refresh('copy', () => token, [], NOW + 20_000), loses: [] },
    logout: {
      name: 'logout',
      isLandmark: true,
      loses: ['retry'],
      run: (client) => new TokenRevoker({ tokens, sessions: createSessions(tableOf(client)) }).revoke(token),
    },
    passwordChange: {
      name: 'password change',
      isLandmark: true,
      loses: ['retry'],
      run: async (client) => {
        const change = new PasswordChange({
          users: createLoginRepository(tableOf(client)),
          passwords: { verify: async () => 'match', hash: async () => 'new hash' },
          policy: { problemsOf: async () => [] },
          throttle: unlimited,
          rules,
          clock,
          retryTiming: AT_ONCE,
        });
        const caller = toPrincipal(await tokens.verify(other));
        await change.change(caller, { current: 'old', replacement: 'new' }, UNKNOWN_DEVICE);
      },
    },
    disabling: {
      name: 'disabling',
      isLandmark: true,
      loses: ['retry'],
      run: (client) => createUserRepository(tableOf(client)).disable(user.username, NOW / 1000),
    },
  } satisfies Record<string, Actor>;
}

export const messageOf = ({ steps, results }: History): string =>
  JSON.stringify([steps, [...results]], (_, value) => (value instanceof Error ? String(value) : value));

/** Asserts the rules that hold for every history. */
async function assertInvariants(history: History, token: string): Promise<void> {
  const { results, item, startedAfter, endedAfter, writers } = history;
  const message = messageOf(history);
  const issued = REFRESHES.map((name) => tokenFrom(results.get(name))).filter(isText);
  const generations = await Promise.all(
    issued.map(async (one) => (await tokens.verify(one)).session?.generation),
  );
  const leaves = new Map(generations.map((generation, index) => [generation, issued[index]]));
  expect(new Set(issued).size, `one token of each generation: ${message}`).toBe(leaves.size);

  for (const name of REFRESHES) {
    const result = results.get(name);
    const acknowledged = startedAfter
      .get(name)
      ?.filter((one) => writers.has(one) && errorOf(results.get(one)) === undefined);
    if (acknowledged?.length) {
      expect(tokenFrom(result), `${name} succeeded after a revocation: ${message}`).toBeUndefined();
    }
    const error = errorOf(result);
    if (error === undefined) continue;
    expect(endedAfter.get(name), `${name} was refused without a revocation: ${message}`).not.toEqual([]);
    expect(error instanceof TokenError && error.code, message).toMatch(/^(token_revoked|user_disabled)$/);
  }
  const revoked = REVOCATIONS.filter((name) => writers.has(name));
  const isLive = await admits(item);
  for (const one of [token, ...issued]) {
    expect(await isLive(one), `a token after ${revoked.join(', ') || 'nothing'}: ${message}`).toBe(
      revoked.length === 0,
    );
  }
  expect(await isLive(other), message).toBe(!revoked.includes('disabling'));
  if (results.has('password change') && errorOf(results.get('password change')) === undefined) {
    expect(item.password, message).toBe('new hash');
  }
}

/** Returns which tokens are accepted with an item. */
async function admits(item: Record<string, unknown>) {
  const send = async (command: Parameters<ItemEngine['apply']>[1]) => {
    const { outcome } = await engine.apply(item, command);
    if ('error' in outcome) throw outcome.error;
    return outcome.output;
  };
  const authenticator = new TokenAuthenticator({
    tokens,
    sessions: createSessionRepository(tableOf(clientOf(send))),
  });
  return (token: string) =>
    authenticator.authenticate(token).then(
      () => true,
      (error: unknown) => {
        if (error instanceof TokenError) return false;
        throw error;
      },
    );
}

/** Explores every order of the calls of the given actors, and asserts the rules for each. */
export async function exploreSession(
  token: string,
  names: readonly (keyof ReturnType<typeof actorsOn>)[],
  lost: number,
  createSessions: CreateSessions = createSessionRepository,
) {
  const actors = actorsOn(createSessions, token);
  return explore({
    engine,
    start,
    actors: names.map((name) => actors[name]),
    lost,
    check: (history) => assertInvariants(history, token),
  });
}

/**
 * Explores refreshes beside an import with another hash, which ends all sessions. A token issued by Django may be refreshed
 * again after it. Asserts that no token that was issued before it is valid.
 */
export function exploreImport(token: string) {
  const { first, second, third } = actorsOn(createSessionRepository, token);
  const imported: Actor = {
    name: 'import',
    isLandmark: true,
    loses: ['retry'],
    run: async (client, results) => {
      const memory = { record: 'digest', password: 'digest', isActive: true };
      const stored = { user: { ...user, password: 'hash of the dump' }, imported: memory };
      const changed = { password: true, isActive: false };
      // An update makes no batches.
      const documents = Object.assign(Object.create(table.client), client);
      await createUserImports({ client: documents, name: table.name }).update(stored, changed, NOW / 1000);
      return [...results.keys()];
    },
  };
  const check = async (history: History) => {
    const message = messageOf(history);
    const isLive = await admits(history.item);
    const over = tokenFrom(history.results.get('import'));
    const before = REFRESHES.filter((name) => Array.isArray(over) && over.includes(name));
    // A write that the SDK repeats after the import issues the same token again.
    const reissued = REFRESHES.filter((name) => !before.includes(name)).map((name) =>
      tokenFrom(history.results.get(name)),
    );
    for (const name of REFRESHES) {
      const received = tokenFrom(history.results.get(name));
      if (!isText(received)) continue;
      const isAfter = history.startedAfter.get(name)?.includes('import');
      if (isAfter) expect(await isLive(received), `${name}, after the import: ${message}`).toBe(true);
      if (before.includes(name) && !reissued.includes(received))
        expect(await isLive(received), `${name}, before the import: ${message}`).toBe(false);
    }
    expect(await isLive(token), message).toBe(token === django);
    expect(await isLive(other), message).toBe(false);
  };
  return explore({ engine, start, actors: [first, second, third, imported], lost: 1, check });
}

/**
 * Explores three refreshes and a refresh by a second copy of the token. Calls `check` with the error codes of rejected
 * refreshes.
 */
export function exploreCopy(
  token: string,
  reuseDetection: ReuseDetection,
  check: (history: History, codes: string[]) => void,
) {
  const { first, second, third, copy } = actorsOn(createSessionRepository, token, {
    ...RULES,
    reuseDetection,
  });
  const checkAll = async (history: History) => {
    const { results, item } = history;
    const issued = [...results.values()].map(tokenFrom).filter(isText);
    const verified = await Promise.all(issued.map((one) => tokens.verify(one)));
    const generations = verified.map(({ session }) => session?.generation);
    expect(new Set(issued).size, messageOf(history)).toBe(new Set(generations).size);
    const errors = [...results.values()].map(errorOf).filter((error) => error !== undefined);
    const codes = errors.map((error) => (error instanceof TokenError ? error.code : String(error)));
    const isLive = await admits(item);
    for (const one of issued) expect(await isLive(one), messageOf(history)).toBe(codes.length === 0);
    expect(await isLive(other), messageOf(history)).toBe(true);
    check(history, codes);
  };
  return explore({ engine, start, actors: [first, second, third, copy], lost: 1, check: checkAll });
}
