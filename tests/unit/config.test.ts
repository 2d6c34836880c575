import { describe, expect, it } from 'vitest';
import {
  ConfigurationError,
  readAllowedOrigins,
  readAuthorizationPrefix,
  readParameterStoreSettings,
  readPasswordRules,
  readRefusalStep,
  readSessionRules,
  readStorageSettings,
  readThrottleSettings,
  readTokenSettings,
} from '../../lib/config.ts';

const SECRET = 'canary-secret-of-at-least-thirty-two-bytes';

const complaint = (read: () => unknown): string => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'none';
};

describe('the settings of tokens', () => {
  it('have the original’s defaults: seven and twenty-eight days, HS256', () => {
    const settings = readTokenSettings({ JWT_SECRET_KEY: SECRET });
    expect(settings).toMatchObject({
      lifetimeSeconds: 7 * 24 * 3600,
      refreshSeconds: 28 * 24 * 3600,
      allowRefresh: true,
      leewaySeconds: 0,
    });
    expect(settings.keys).toMatchObject({ signing: { algorithm: 'HS256' } });
    expect(settings).not.toHaveProperty('audience');
  });

  it('are reported all at once, each by its name and never by its value', () => {
    const message = complaint(() =>
      readTokenSettings({
        JWT_SECRET_KEY: 'canary',
        JWT_ALGORITHM: 'none',
        JWT_LEEWAY: '-7',
        JWT_ALLOW_REFRESH: 'perhaps',
      }),
    );
    for (const name of ['JWT_ALGORITHM', 'JWT_LEEWAY', 'JWT_ALLOW_REFRESH']) expect(message).toContain(name);
    for (const value of ['canary', 'perhaps', '-7']) expect(message).not.toContain(value);
  });

  it.each([
    ['HS256', 31],
    ['HS384', 47],
    ['HS512', 63],
  ])('refuse a key for %s of %i bytes', (algorithm, bytes) => {
    const read = (length: number) => () =>
      readTokenSettings({ JWT_SECRET_KEY: 'k'.repeat(length), JWT_ALGORITHM: algorithm });
    expect(complaint(read(bytes))).toContain('JWT_SECRET_KEY');
    expect(complaint(read(bytes + 1))).toBe('none');
  });

  it('count an empty variable as one that is not set', () => {
    expect(complaint(() => readTokenSettings({ JWT_SECRET_KEY: '' }))).toContain('JWT_SECRET_KEY is not set');
    const settings = readTokenSettings({ JWT_SECRET_KEY: SECRET, JWT_AUDIENCE: '', JWT_LEEWAY: '' });
    expect(settings.leewaySeconds).toBe(0);
    expect(settings).not.toHaveProperty('audience');
  });

  it.each(['1e3', '1.5', ' 5', '0x10', '9999999999'])('take %j for no number of seconds', (value) => {
    const read = () => readTokenSettings({ JWT_SECRET_KEY: SECRET, JWT_EXPIRATION_DELTA: value });
    expect(complaint(read)).toContain('JWT_EXPIRATION_DELTA is not a whole number of seconds');
  });
});

describe('the endpoint of Parameter Store', () => {
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

  it.each(['nowhere', 'localhost:4566', 'ftp://127.0.0.1'])('is not %j', (url) => {
    const environment = { TABLE_NAME: 't', AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL: url };
    const problem = 'AWS_ENDPOINT_URL is not an http or https URL';
    expect(complaint(() => readParameterStoreSettings(environment))).toContain(problem);
    expect(complaint(() => readStorageSettings(environment))).toContain(problem);
  });
});

describe('other settings', () => {
  it('name the table, and where it is if not on AWS', () => {
    expect(readStorageSettings({ TABLE_NAME: 't', AWS_REGION: 'eu-west-1' })).toEqual({
      tableName: 't',
      region: 'eu-west-1',
      endpoint: undefined,
    });
    expect(complaint(() => readStorageSettings({ DYNAMODB_ENDPOINT: 'nowhere' }))).toMatch(
      /TABLE_NAME is not set[\s\S]*DYNAMODB_ENDPOINT is not an http or https URL/,
    );
  });

  it('open answers to no origin, to those listed, or to all', () => {
    expect(readAllowedOrigins({})).toEqual([]);
    expect(readAllowedOrigins({ CORS_ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000' })).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
    expect(readAllowedOrigins({ CORS_ALLOWED_ORIGINS: '*' })).toEqual(['*']);
    for (const wrong of ['a.example', 'https://a.example/', 'https://a.example,,']) {
      expect(complaint(() => readAllowedOrigins({ CORS_ALLOWED_ORIGINS: wrong }))).toContain(
        'CORS_ALLOWED_ORIGINS',
      );
    }
  });

  it('put one word before a token', () => {
    expect(readAuthorizationPrefix({})).toBe('JWT');
    expect(complaint(() => readAuthorizationPrefix({ JWT_AUTH_HEADER_PREFIX: 'two words' }))).toContain(
      'blank',
    );
  });

  it('hold refusals to a second unless told otherwise', () => {
    expect(readRefusalStep({})).toBe(1000);
    expect(readRefusalStep({ LOGIN_REFUSAL_STEP_MS: '0' })).toBe(0);
  });

  it('keep twenty sessions a user, and every successor until it was refreshed, unless told otherwise', () => {
    const secret = { JWT_SECRET_KEY: SECRET };
    expect(readSessionRules(secret)).toEqual({
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
      expect(readSessionRules({ ...secret, REFRESH_REUSE_DETECTION: reuseDetection })).toMatchObject({
        reuseDetection,
      });
    expect(complaint(() => readSessionRules({ ...secret, REFRESH_REUSE_DETECTION: 'strict' }))).toContain(
      'REFRESH_REUSE_DETECTION',
    );
    expect(
      readSessionRules({ ...secret, REFRESH_REUSE_SECONDS: '0', JWT_REFRESH_AFTER_EXPIRY: 'True' }),
    ).toMatchObject({ reuseSeconds: 0, refreshAfterExpiry: true });
    for (const wrong of ['0', '101', 'many']) {
      const read = () => readSessionRules({ ...secret, SESSIONS_PER_USER: wrong });
      expect(complaint(read)).toContain('SESSIONS_PER_USER');
    }
  });

  it('let some wrong passwords through, and never more than a hundred in a row', () => {
    expect(readThrottleSettings({})).toEqual({
      pair: { failures: 10, seconds: 900 },
      network: { failures: 300, seconds: 900 },
      accountFailures: 100,
    });
    const read = () => readThrottleSettings({ THROTTLE_ACCOUNT_FAILURES: '101' });
    expect(complaint(read)).toContain('THROTTLE_ACCOUNT_FAILURES is more than 100 failures');
  });

  it('ask for passwords of 8 to 128 characters, never for fewer than 8 or 64 at most', () => {
    expect(readPasswordRules({})).toEqual({ minLength: 8, maxLength: 128, serviceName: 'latchkey' });
    expect(complaint(() => readPasswordRules({ PASSWORD_MIN_LENGTH: '7' }))).toContain('PASSWORD_MIN_LENGTH');
    expect(complaint(() => readPasswordRules({ PASSWORD_MAX_LENGTH: '63' }))).toContain(
      'PASSWORD_MAX_LENGTH',
    );
  });
});
