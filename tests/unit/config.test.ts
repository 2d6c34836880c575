import { describe, expect, it } from 'vitest';
import {
  assertSettings,
  ConfigurationError,
  LOGIN_RULES,
  readAuthorizationPrefix,
  readCredentials,
  readHttpSettings,
  readParameterStoreSettings,
  readPasswordRules,
  readRefusalStep,
  readSessionRules,
  readStorageSettings,
  readThrottleSettings,
  readTokenSettings,
} from '../../lib/config.ts';

const SECRET = 'canary-secret-of-at-least-thirty-two-bytes';

/** Reads all rules for sessions. */
const readRules = (environment: Parameters<typeof readSessionRules>[1]) =>
  readSessionRules([...LOGIN_RULES, 'reuseDetection', 'reuseSeconds'], environment);

const problemOf = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
};

describe('readCredentials', () => {
  const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'canary-of-a-secret-access-key' };

  it('reads the credentials with and without a session token', () => {
    const [accessKeyId, secretAccessKey] = Object.values(keys);
    expect(readCredentials(keys)).toEqual({ accessKeyId, secretAccessKey });
    expect(readCredentials({ ...keys, AWS_SESSION_TOKEN: 'a' })).toMatchObject({ sessionToken: 'a' });
  });

  it.each(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('rejects an environment without %s', (name) => {
    const problem = problemOf(() => readCredentials({ ...keys, [name]: '' }));
    expect(problem).toContain(name);
    expect(problem).not.toContain('canary');
  });
});

describe('readHttpSettings, for a trusted proxy', () => {
  const digest = 'ab'.repeat(32);

  it('returns the header in lower case and the digest, or undefined if neither is set', () => {
    expect(readHttpSettings({}).trustedProxy).toBeUndefined();
    const both = { TRUSTED_PROXY_HEADER: 'True-Client-IP', TRUSTED_PROXY_SECRET_SHA256: digest };
    expect(readHttpSettings(both).trustedProxy).toEqual({
      header: 'true-client-ip',
      secretDigest: Buffer.from(digest, 'hex'),
    });
  });

  it('rejects a header without the secret, the secret without a header, and a digest of another length', () => {
    expect(() => assertSettings({ TRUSTED_PROXY_HEADER: 'True-Client-IP' })).toThrow(
      'TRUSTED_PROXY_SECRET_SHA256 is not set, but TRUSTED_PROXY_HEADER is',
    );
    expect(() => assertSettings({ TRUSTED_PROXY_SECRET_SHA256: digest })).toThrow(
      'TRUSTED_PROXY_HEADER is not set',
    );
    expect(() => readHttpSettings({ TRUSTED_PROXY_SECRET_SHA256: 'secret' })).toThrow('is not a SHA-256');
  });

  it.each(['X-Forwarded-For', 'Forwarded', 'CloudFront-Viewer-Address', 'Latchkey-Proxy-Secret'])(
    'rejects the header %s, which never contains one address alone',
    (name) => {
      const environment = { TRUSTED_PROXY_HEADER: name, TRUSTED_PROXY_SECRET_SHA256: digest };
      expect(() => assertSettings(environment)).toThrow(
        'TRUSTED_PROXY_HEADER is a header that contains more than the address of the client',
      );
    },
  );
});

describe('readTokenSettings', () => {
  it.each(['JWT_AUDIENCE', 'JWT_ISSUER'])(
    'refuses %s=None, which would refuse all tokens of Django',
    (name) => {
      expect(() => assertSettings({ [name]: 'None' })).toThrow(`${name} is the text None`);
    },
  );

  it('has the defaults of the original: seven and twenty-eight days, HS256', () => {
    const settings = readTokenSettings({ JWT_SECRET_KEY: SECRET });
    expect(settings).toMatchObject({ leewaySeconds: 0 });
    expect(readRules({})).toMatchObject({
      lifetimeSeconds: 7 * 24 * 3600,
      refreshSeconds: 28 * 24 * 3600,
      allowRefresh: true,
      leewaySeconds: 0,
    });
    expect(settings.keys).toMatchObject({ signing: { algorithm: 'HS256' } });
    expect(settings).not.toHaveProperty('audience');
  });

  it('reports all problems at once, each by name and never by value', () => {
    const message = problemOf(() =>
      readTokenSettings({
        JWT_SECRET_KEY: 'canary',
        JWT_ALGORITHM: 'none',
        JWT_LEEWAY: '-7',
        JWT_ISSUER: 'None',
      }),
    );
    for (const name of ['JWT_ALGORITHM', 'JWT_LEEWAY', 'JWT_ISSUER']) expect(message).toContain(name);
    for (const value of ['canary', '-7']) expect(message).not.toContain(value);
    const rules = problemOf(() => readRules({ JWT_LEEWAY: '-7', JWT_ALLOW_REFRESH: 'perhaps' }));
    for (const name of ['JWT_LEEWAY', 'JWT_ALLOW_REFRESH']) expect(rules).toContain(name);
    for (const value of ['perhaps', '-7']) expect(rules).not.toContain(value);
  });

  it.each([
    ['HS256', 31],
    ['HS384', 47],
    ['HS512', 63],
  ])('rejects a key for %s of %i bytes', (algorithm, bytes) => {
    const read = (length: number) => () =>
      readTokenSettings({ JWT_SECRET_KEY: 'k'.repeat(length), JWT_ALGORITHM: algorithm });
    expect(problemOf(read(bytes))).toContain('JWT_SECRET_KEY');
    expect(problemOf(read(bytes + 1))).toBe('none');
  });

  it('treats an empty variable as not set', () => {
    expect(problemOf(() => readTokenSettings({ JWT_SECRET_KEY: '' }))).toContain('JWT_SECRET_KEY is not set');
    const settings = readTokenSettings({ JWT_SECRET_KEY: SECRET, JWT_AUDIENCE: '', JWT_LEEWAY: '' });
    expect(settings.leewaySeconds).toBe(0);
    expect(settings).not.toHaveProperty('audience');
  });

  it.each(['1e3', '1.5', ' 5', '0x10', '9999999999'])('rejects %j as a number of seconds', (value) => {
    const read = () => readRules({ JWT_EXPIRATION_DELTA: value });
    expect(problemOf(read)).toContain('JWT_EXPIRATION_DELTA is not a whole number of seconds');
  });
});

describe('Parameter Store endpoint', () => {
  const GENERAL = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
  const SPECIFIC = { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:4567/ssm' };

  it.each([
    [{}, undefined],
    [GENERAL, 'http://127.0.0.1:4566'],
    [SPECIFIC, 'http://127.0.0.1:4567/ssm'],
    [{ ...GENERAL, ...SPECIFIC }, 'http://127.0.0.1:4567/ssm'],
    [{ ...GENERAL, AWS_ENDPOINT_URL_SSM: '' }, 'http://127.0.0.1:4566'],
    [{ AWS_ENDPOINT_URL: '', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '' }, undefined],
    [{ ...GENERAL, ...SPECIFIC, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, undefined],
    [{ ...GENERAL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }, 'http://127.0.0.1:4566'],
  ])('follows the rules of the AWS SDKs for %j', (variables, endpoint) => {
    expect(readParameterStoreSettings({ AWS_REGION: 'eu-west-1', ...variables }).endpoint).toBe(endpoint);
  });

  it.each(['nowhere', 'localhost:4566', 'ftp://127.0.0.1'])('cannot be %j', (url) => {
    const environment = { TABLE_NAME: 't', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url };
    const problem = 'AWS_ENDPOINT_URL is not an http or https URL';
    expect(problemOf(() => readParameterStoreSettings(environment))).toContain(problem);
    expect(problemOf(() => readStorageSettings(environment))).toContain(problem);
  });
});

describe('other setting readers', () => {
  it('return the table, its region and a local endpoint', () => {
    expect(readStorageSettings({ TABLE_NAME: 't', AWS_REGION: 'eu-west-1' })).toEqual({
      tableName: 't',
      region: 'eu-west-1',
      endpoint: undefined,
    });
    expect(problemOf(() => readStorageSettings({ DYNAMODB_ENDPOINT: 'nowhere' }))).toMatch(
      /TABLE_NAME is not set[\s\S]*DYNAMODB_ENDPOINT is not an http or https URL/,
    );
  });

  it('allow no origins, the listed origins or all origins', () => {
    expect(readHttpSettings({}).allowedOrigins).toEqual([]);
    expect(
      readHttpSettings({ CORS_ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000' }).allowedOrigins,
    ).toEqual(['https://a.example', 'http://localhost:3000']);
    expect(readHttpSettings({ CORS_ALLOWED_ORIGINS: '*' }).allowedOrigins).toEqual(['*']);
    const webViews =
      'capacitor://localhost,ionic://localhost,tauri://localhost,http://localhost:8081,file://,null,chrome-extension://abcdef';
    expect(readHttpSettings({ CORS_ALLOWED_ORIGINS: webViews }).allowedOrigins).toEqual(webViews.split(','));
    // A browser never sends these.
    for (const wrong of [
      'a.example',
      'https://a.example/',
      'https://a.example,,',
      'https://A.example',
      'HTTPS://a.example',
      'https://a.example:443',
      'http://a.example:80',
      'https://bücher.example',
      'https://user@a.example',
      'capacitor://localhost:',
      'app://localhost:99999',
      'ws://A.example',
      'https://a.example?x',
      'https://',
      'capacitor://localhost/',
      'Capacitor://localhost',
      '://localhost',
      'NULL',
    ]) {
      expect(problemOf(() => readHttpSettings({ CORS_ALLOWED_ORIGINS: wrong }))).toContain(
        'CORS_ALLOWED_ORIGINS',
      );
    }
  });

  it('refuse patterns of origins', () => {
    for (const pattern of ['https://*.example.com', 'https://*.com', '*.example.com', 'exp://*', '**']) {
      expect(problemOf(() => readHttpSettings({ CORS_ALLOWED_ORIGINS: pattern }))).toContain(
        'CORS_ALLOWED_ORIGINS contains a pattern. List each origin, or allow all with *',
      );
    }
  });

  it('add headers that a browser app may send', () => {
    expect(readHttpSettings({}).allowedHeaders).toEqual([]);
    expect(readHttpSettings({ CORS_ALLOWED_HEADERS: 'X-App-Version, x_trace' }).allowedHeaders).toEqual([
      'x-app-version',
      'x_trace',
    ]);
    for (const wrong of ['x y', 'a,,b', '*', 'a:b', 'é', 'a\nb']) {
      expect(problemOf(() => readHttpSettings({ CORS_ALLOWED_HEADERS: wrong }))).toContain(
        'CORS_ALLOWED_HEADERS contains a value that is not the name of a header',
      );
    }
  });

  it('accept one word as the prefix of a token', () => {
    expect(readAuthorizationPrefix({})).toBe('JWT');
    expect(problemOf(() => readAuthorizationPrefix({ JWT_AUTH_HEADER_PREFIX: 'two words' }))).toContain(
      'blank',
    );
  });

  it('round the duration of a refused login up to a second by default', () => {
    expect(readRefusalStep({})).toBe(1000);
    expect(readRefusalStep({ LOGIN_REFUSAL_STEP_MS: '0' })).toBe(0);
  });

  it('allow twenty sessions per user by default, and repeated refreshes until the successor is refreshed', () => {
    const secret = { JWT_SECRET_KEY: SECRET };
    expect(readRules(secret)).toEqual({
      lifetimeSeconds: 604_800,
      refreshSeconds: 2_419_200,
      allowRefresh: true,
      refreshAfterExpiry: false,
      leewaySeconds: 0,
      sessionsPerUser: 20,
      reuseDetection: 'auto',
      reuseSeconds: undefined,
    });
    for (const reuseDetection of ['auto', 'always', 'never'])
      expect(readRules({ ...secret, REFRESH_REUSE_DETECTION: reuseDetection })).toMatchObject({
        reuseDetection,
      });
    expect(problemOf(() => readRules({ ...secret, REFRESH_REUSE_DETECTION: 'strict' }))).toContain(
      'REFRESH_REUSE_DETECTION',
    );
    expect(
      readRules({ ...secret, REFRESH_REUSE_SECONDS: '0', JWT_REFRESH_AFTER_EXPIRY: 'True' }),
    ).toMatchObject({ reuseSeconds: 0, refreshAfterExpiry: true });
    for (const wrong of ['0', '101', 'many']) {
      const read = () => readRules({ ...secret, SESSIONS_PER_USER: wrong });
      expect(problemOf(read)).toContain('SESSIONS_PER_USER');
    }
  });

  it('limit wrong passwords, and allow at most a hundred consecutive ones', () => {
    expect(readThrottleSettings({})).toEqual({
      pair: { failures: 10, seconds: 900 },
      network: { failures: 300, seconds: 900 },
      accountFailures: 100,
    });
    const read = () => readThrottleSettings({ THROTTLE_ACCOUNT_FAILURES: '101' });
    expect(problemOf(read)).toContain('THROTTLE_ACCOUNT_FAILURES is more than 100 failures');
  });

  it('require passwords of 8 to 128 characters, with a minimum of at least 8 and a maximum of at least 64', () => {
    expect(readPasswordRules({})).toEqual({ minLength: 8, maxLength: 128, serviceName: 'latchkey' });
    expect(problemOf(() => readPasswordRules({ PASSWORD_MIN_LENGTH: '7' }))).toContain('PASSWORD_MIN_LENGTH');
    expect(problemOf(() => readPasswordRules({ PASSWORD_MAX_LENGTH: '63' }))).toContain(
      'PASSWORD_MAX_LENGTH',
    );
  });
});
