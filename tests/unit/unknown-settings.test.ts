import { describe, expect, it } from 'vitest';
import { unknownSettingWarnings } from '../../deploy/unknown-settings.ts';
import { unsupportedProblems } from '../../deploy/unsupported-settings.ts';

const similarTo = (name: string) =>
  unknownSettingWarnings({ [name]: 'value' }).map(
    (warning) => /^(\w+) is not a setting and has no effect\. Did you mean (\w+)\?/.exec(warning)?.[2],
  );

describe('unknownSettingWarnings', () => {
  it.each([
    ['THROTTLE_PAIR_FAILURE', 'THROTTLE_PAIR_FAILURES'],
    ['JWT_SECRET', 'JWT_SECRET_KEY'],
    ['JWT_EXPIRATION', 'JWT_EXPIRATION_DELTA'],
    ['CORS_ALLOW_ORIGINS', 'CORS_ALLOWED_ORIGINS'],
    ['SESSIONS_PER_ACCOUNT', 'SESSIONS_PER_USER'],
    ['PASSWORD_MIN_LENGHT', 'PASSWORD_MIN_LENGTH'],
    ['API_RATE_LIMITS', 'API_RATE_LIMIT'],
    ['LATCHKEY_DATADIR', 'LATCHKEY_DATA_DIR'],
  ])('names the most similar setting for %s', (name, similar) => {
    expect(similarTo(name)).toEqual([similar]);
  });

  it.each([
    ...['JWT_SECRET_KEY', 'DOCS', 'PORT', 'LATCHKEY_DATA_DIR', 'AWS_REGION'],
    ...['HOME', 'HOSTNAME', 'API_URL', 'API_KEY', 'LOG_LEVEL', 'PASSWORD_STORE_DIR', 'TABLE'],
    ...['AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL_S3', 'POWERTOOLS_LOG_LEVEL', 'npm_package_json'],
  ])('says nothing about %s', (name) => {
    expect(unknownSettingWarnings({ [name]: 'value' })).toEqual([]);
  });

  it('says nothing about a variable that is empty, and leaves unsupported settings to their own check', () => {
    expect(unknownSettingWarnings({ JWT_LEEWAYS: '', JWT_VERIFY: 'False' })).toEqual([]);
    expect(unsupportedProblems({ JWT_VERIFY: 'False' })).toEqual([
      expect.stringContaining('docs/from-django.md'),
    ]);
  });

  it('does not contain the value', () => {
    expect(unknownSettingWarnings({ JWT_SECRET: 'canary' }).join()).not.toContain('canary');
  });
});
