import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readTokenSettings } from '../../lib/config.ts';
import { InternalError, UnavailableError } from '../../lib/errors.ts';
import { readParameter } from '../../lib/secrets/parameter-store.ts';
import { Tokens } from '../../lib/tokens/tokens.ts';
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

const read = (name = NAME) => readParameter(name, { region: 'eu-central-1', endpoint: store.endpoint });
const tokensOf = (environment: Record<string, string> = {}) =>
  new Tokens(readTokenSettings({ JWT_SECRET_PARAMETER: NAME, ...environment }, read));

describe('a parameter', () => {
  it('is read decrypted, by a request signed with the credentials of the environment', async () => {
    expect(await read()).toBe(SECRET);
    const { authorization, 'x-amz-security-token': session } = store.lastHeaders();
    expect(authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/ssm\/aws4_request, SignedHeaders=[^,]*host;[^,]*, Signature=[0-9a-f]{64}$/,
    );
    expect(session).toBe('a-session');
  });

  it('is read at the path of a configured endpoint', async () => {
    const endpoint = `${store.endpoint}/ssm/`;
    expect(await readParameter(NAME, { region: 'eu-central-1', endpoint })).toBe(SECRET);
    expect(store.lastPath()).toBe('/ssm/');
  });

  it.each([
    [[SERVER_ERROR]],
    [['cuts']],
    [[{ status: 400, type: 'ThrottlingException' }, SERVER_ERROR]],
  ] as const)('is asked for again after %j', async (failures) => {
    store.next.push(...failures);
    expect(await read()).toBe(SECRET);
    expect(store.calls).toHaveLength(failures.length + 1);
  });

  it('that cannot be had after three requests is unavailable', async () => {
    store.next.push(SERVER_ERROR, 'cuts', SERVER_ERROR, SERVER_ERROR);
    await expect(read()).rejects.toThrow(UnavailableError);
    expect(store.calls).toHaveLength(3);
  });

  it.each(['ParameterNotFound', 'AccessDeniedException', 'com.amazonaws.ssm#InvalidKeyId'])(
    'is not asked for again where the answer is %s, and the log says so',
    async (type) => {
      store.next.push({ status: 400, type });
      const error = await read().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InternalError);
      expect(String(error)).toContain(`the parameter ${NAME} could not be read: ${type}`);
      expect(store.calls).toHaveLength(1);
    },
  );

  it('that is not answered for is given up in time', async () => {
    store.next.push('hangs', 'hangs', 'hangs');
    await expect(read()).rejects.toThrow(UnavailableError);
  });
});

describe('the secret of tokens', () => {
  it('is fetched once, on first use, for any number of concurrent tokens', async () => {
    const tokens = tokensOf();
    expect(store.calls).toEqual([]);
    const issued = await Promise.all(Array.from({ length: 5 }, () => tokens.issue(USER, GRANT)));
    await tokens.verify(issued[0] ?? '');
    expect(store.calls).toEqual(['GetParameter']);
  });

  it('signs as the same secret in a variable does', async () => {
    const other = new Tokens(readTokenSettings({ JWT_SECRET_KEY: SECRET }));
    expect(await tokensOf().issue(USER, GRANT)).toBe(await other.issue(USER, GRANT));
  });

  it('is asked for again after a failure, which is no word on the token', async () => {
    const tokens = tokensOf();
    const token = await new Tokens(readTokenSettings({ JWT_SECRET_KEY: SECRET })).issue(USER, GRANT);
    store.next.push(SERVER_ERROR, SERVER_ERROR, SERVER_ERROR);
    await expect(tokens.verify(token)).rejects.toThrow(UnavailableError);
    expect((await tokens.verify(token)).subject.username).toBe('deku');
  });

  it('is refused where it is too short, by name and not by value', async () => {
    store.values.set(NAME, 'canary');
    const error = await tokensOf()
      .issue(USER, GRANT)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InternalError);
    expect(String(error)).toContain('JWT_SECRET_KEY is shorter');
    expect(String(error)).not.toContain('canary');
  });

  it('comes from the variable where there is one', async () => {
    await tokensOf({ JWT_SECRET_KEY: SECRET }).issue(USER, GRANT);
    expect(store.calls).toEqual([]);
  });
});
