import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readCredentials, readTokenSettings } from '../../lib/config.ts';
import { InternalError, UnavailableError } from '../../lib/errors.ts';
import { readParameter } from '../../lib/secrets/parameter-store.ts';
import type { TokenSettings } from '../../lib/tokens/tokens.ts';
import { createTokens } from '../../lib/wiring.ts';
import { SECRET } from '../../tools/harness/service.ts';
import { startParameterStore, type TestParameterStore } from '../support/parameter-store.ts';

const NAME = '/latchkey/test/jwt-secret-key';
const USER = { id: 1, username: 'deku', email: 'deku@example.com' };
const GRANT = { sid: 'A'.repeat(22), generation: 0, expiresAt: 4_000_000_000, originallyIssuedAt: undefined };
const SERVER_ERROR = { status: 500, type: 'InternalServerError' };

let store: TestParameterStore;
beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-of-a-secret-access-key');
  vi.stubEnv('AWS_SESSION_TOKEN', 'a-session');
  store = await startParameterStore();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await store.close();
});
beforeEach(() => store.values.set(NAME, SECRET));
afterEach(() => {
  store.next.length = 0;
  store.calls.length = 0;
});

const createTokensOf = (tokens: TokenSettings) => createTokens({ settings: { tokens }, clock: Date.now });
const storeAt = (endpoint: string) => ({ region: 'eu-central-1', endpoint, credentials: readCredentials });
const read = (name = NAME) => readParameter(name, storeAt(store.endpoint));
const tokensFor = (environment: Record<string, string> = {}) =>
  createTokensOf(readTokenSettings({ JWT_SECRET_PARAMETER: NAME, ...environment }, read));

/** Shorter than those for AWS, so that the tests do not wait for them. */
const SHORT_TIMEOUTS = { connectMs: 1_000, requestMs: 300, attemptMs: 300 };
const readImpatiently = () => readParameter(NAME, storeAt(store.endpoint), SHORT_TIMEOUTS);

describe('readParameter', () => {
  it('reads the decrypted value with a request that is signed with the credentials in the environment', async () => {
    expect(await read()).toBe(SECRET);
    const { authorization, 'x-amz-security-token': session } = store.lastHeaders();
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/ssm\/aws4_request, SignedHeaders=[^,]*host;[^,]*, Signature=[0-9a-f]{64}$/,
    );
    expect(session).toBe('a-session');
  });

  it('sends the request to the path of a configured endpoint', async () => {
    const endpoint = `${store.endpoint}/ssm/`;
    expect(await readParameter(NAME, storeAt(endpoint))).toBe(SECRET);
    expect(store.lastPath()).toBe('/ssm/');
  });

  it.each([
    [[SERVER_ERROR]],
    [['cuts']],
    [[{ status: 400, type: 'ThrottlingException' }, SERVER_ERROR]],
  ] as const)('retries after %j', async (failures) => {
    store.next.push(...failures);
    expect(await read()).toBe(SECRET);
    expect(store.calls).toHaveLength(failures.length + 1);
  });

  it('throws UnavailableError after three failed requests', async () => {
    store.next.push(SERVER_ERROR, 'cuts', SERVER_ERROR, SERVER_ERROR);
    await expect(read()).rejects.toThrow(UnavailableError);
    expect(store.calls).toHaveLength(3);
  });

  it.each(['ParameterNotFound', 'AccessDeniedException', 'com.amazonaws.ssm#InvalidKeyId'])(
    'does not retry after %s, and names the error in its message',
    async (type) => {
      store.next.push({ status: 400, type });
      const error = await read().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InternalError);
      expect(String(error)).toContain(`the parameter ${NAME} could not be read: ${type}`);
      expect(store.calls).toHaveLength(1);
    },
  );

  it.each(['hangs', 'stalls', 'drips'] as const)(
    'fails after three requests if each response %s',
    async (how) => {
      store.next.push(how, how, how);
      await expect(readImpatiently()).rejects.toThrow(UnavailableError);
      expect(store.calls).toHaveLength(3);
    },
  );

  it.each(['hangs', 'stalls', 'drips'] as const)(
    'is read by a second request if the response to the first %s',
    async (how) => {
      store.next.push(how);
      expect(await readImpatiently()).toBe(SECRET);
      expect(store.calls).toHaveLength(2);
    },
  );
});

describe('signing secret from Parameter Store', () => {
  it('is fetched once, on first use, for any number of concurrent tokens', async () => {
    const tokens = tokensFor();
    expect(store.calls).toEqual([]);
    const issued = await Promise.all(Array.from({ length: 5 }, () => tokens.issue(USER, GRANT)));
    await tokens.verify(issued[0] ?? '');
    expect(store.calls).toEqual(['GetParameter']);
  });

  it('signs the same bytes as the same secret in a variable', async () => {
    const other = createTokensOf(readTokenSettings({ JWT_SECRET_KEY: SECRET }));
    expect(await tokensFor().issue(USER, GRANT)).toBe(await other.issue(USER, GRANT));
  });

  it('is fetched again after a failure, which does not count as an invalid token', async () => {
    const tokens = tokensFor();
    const token = await createTokensOf(readTokenSettings({ JWT_SECRET_KEY: SECRET })).issue(USER, GRANT);
    store.next.push(SERVER_ERROR, SERVER_ERROR, SERVER_ERROR);
    await expect(tokens.verify(token)).rejects.toThrow(UnavailableError);
    expect((await tokens.verify(token)).subject.username).toBe('deku');
  });

  it('is fetched again by a later token if the first request does not end', async () => {
    let now = 0;
    const results = [new Promise<string>(() => {}), Promise.resolve(SECRET)];
    const settings = readTokenSettings(
      { JWT_SECRET_PARAMETER: NAME },
      () => results.shift() ?? Promise.reject(new Error('a third request')),
      () => now,
    );
    const tokens = createTokensOf(settings);
    for (const _ of [1, 2]) tokens.issue(USER, GRANT).catch(() => {});
    expect(results).toHaveLength(1);
    now += 6_001;
    expect(await tokens.issue(USER, GRANT)).toBe(await tokens.issue(USER, GRANT));
    now += 1_000_000;
    await tokens.issue(USER, GRANT);
    expect(results).toHaveLength(0);
  });

  it('is rejected by name, without its value, if it is too short', async () => {
    store.values.set(NAME, 'canary');
    const error = await tokensFor()
      .issue(USER, GRANT)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InternalError);
    expect(String(error)).toContain('JWT_SECRET_KEY is shorter');
    expect(String(error)).not.toContain('canary');
  });

  it('is read from the variable if that is set', async () => {
    await tokensFor({ JWT_SECRET_KEY: SECRET }).issue(USER, GRANT);
    expect(store.calls).toEqual([]);
  });
});
