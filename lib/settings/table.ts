import * as v from 'valibot';
import {
  FUNCTIONS,
  type FunctionName,
  flag,
  httpUrl,
  optionalSetting,
  type Setting,
  setting,
  text,
  whole,
} from './setting.ts';

const HTTP: readonly FunctionName[] = FUNCTIONS.filter((name) => name !== 'authorizer');
const TOKENS: readonly FunctionName[] = ['authorizer', 'obtain', 'verify', 'refresh', 'revoke'];
const COUNTS_ATTEMPTS: readonly FunctionName[] = ['obtain', 'password'];

const origins = v.pipe(
  text,
  v.transform((list) => list.split(',').map((origin) => origin.trim())),
  v.array(
    v.pipe(
      text,
      v.regex(
        /^(\*|https?:\/\/[^/\s]+)$/,
        'holds a value that is neither an origin, such as https://app.example, nor *',
      ),
    ),
  ),
);

/**
 * The settings that functions read. A new one is a row here: it is then read, checked, passed to the functions that it
 * names, and part of docs/settings.md. `deploy/settings.ts` has those that only a deployment reads.
 */
export const SETTINGS = {
  TABLE_NAME: optionalSetting('The DynamoDB table.', FUNCTIONS, text),
  JWT_SECRET_KEY: optionalSetting(
    'Signs and verifies tokens: at least 32, 48 or 64 bytes for HS256, HS384, HS512. Local; a random one by default.',
    [],
    text,
  ),
  JWT_SECRET_PARAMETER: optionalSetting(
    'The SecureString of Parameter Store that holds the signing secret of a deployed stage.',
    TOKENS,
    text,
  ),
  JWT_ALGORITHM: setting(
    '`HS256`, `HS384` or `HS512`.',
    TOKENS,
    v.pipe(text, v.picklist(['HS256', 'HS384', 'HS512'], 'is not HS256, HS384 or HS512')),
    'HS256',
  ),
  JWT_AUDIENCE: optionalSetting('Written to `aud`, and required there.', TOKENS, text),
  JWT_ISSUER: optionalSetting('Written to `iss`, and required there.', TOKENS, text),
  JWT_LEEWAY: setting(
    'Clock difference that is accepted.',
    [...TOKENS, 'sessions'],
    whole('seconds', 0),
    0,
    'seconds',
  ),
  JWT_EXPIRATION_DELTA: setting(
    'Lifetime of a token.',
    ['obtain', 'refresh'],
    whole('seconds', 1),
    604_800,
    'seconds',
  ),
  JWT_ALLOW_REFRESH: setting('Whether the tokens of new logins can be refreshed.', ['obtain'], flag, true),
  JWT_REFRESH_EXPIRATION_DELTA: setting(
    'Time after the login in which its tokens can be refreshed.',
    ['obtain', 'refresh', 'sessions', 'password'],
    whole('seconds', 1),
    2_419_200,
    'seconds',
  ),
  JWT_REFRESH_AFTER_EXPIRY: setting(
    'Whether an expired token can be refreshed while its login is recent enough.',
    ['obtain', 'refresh', 'sessions'],
    flag,
    false,
  ),
  JWT_AUTH_HEADER_PREFIX: setting(
    'The word before the token in `Authorization`. `Bearer` is always accepted.',
    ['authorizer'],
    v.pipe(text, v.regex(/^[!-~]+$/, 'holds a blank or is not ASCII')),
    'JWT',
  ),
  SESSIONS_PER_USER: setting(
    'Sessions of a user. A further login evicts the least recently used.',
    ['obtain', 'refresh'],
    whole('sessions', 1, 100),
    20,
  ),
  REFRESH_REUSE_DETECTION: setting(
    'In which sessions the refresh of an older token ends the session: `auto`, if the client sent an `Idempotency-Key`; `always`; `never`.',
    ['obtain', 'refresh'],
    v.pipe(text, v.picklist(['auto', 'always', 'never'], 'is not auto, always or never')),
    'auto',
  ),
  REFRESH_REUSE_SECONDS: optionalSetting(
    'With reuse detection: time after its refresh in which a token can be refreshed again. Without it: until its successor was refreshed.',
    ['refresh'],
    whole('seconds', 0),
    'seconds',
  ),
  THROTTLE_PAIR_FAILURES: setting(
    'Wrong passwords of one username from one network in a window.',
    COUNTS_ATTEMPTS,
    whole('failures', 1),
    10,
  ),
  THROTTLE_PAIR_SECONDS: setting('That window.', COUNTS_ATTEMPTS, whole('seconds', 1), 900, 'seconds'),
  THROTTLE_ADDRESS_FAILURES: setting(
    'Wrong passwords from one network in a window.',
    COUNTS_ATTEMPTS,
    whole('failures', 1),
    300,
  ),
  THROTTLE_ADDRESS_SECONDS: setting('That window.', COUNTS_ATTEMPTS, whole('seconds', 1), 900, 'seconds'),
  THROTTLE_ACCOUNT_FAILURES: setting(
    'Wrong passwords of one username in a row before each next one has to wait (NIST SP 800-63B-4 section 3.2.2).',
    COUNTS_ATTEMPTS,
    whole('failures', 1, 100),
    100,
  ),
  LOGIN_REFUSAL_STEP_MS: setting(
    'Refused logins take a whole multiple of this time, whatever the reason.',
    ['obtain'],
    whole('milliseconds', 0),
    1000,
    'milliseconds',
  ),
  PASSWORD_MIN_LENGTH: setting(
    'Shortest new password, in code points.',
    ['password'],
    whole('characters', 8, 64),
    8,
  ),
  PASSWORD_MAX_LENGTH: setting(
    'Longest new password, in code points.',
    ['password'],
    whole('characters', 64, 1024),
    128,
  ),
  SERVICE_NAME: setting(
    'The name by which users know the service. No password may be made of it.',
    ['password'],
    text,
    'latchkey',
  ),
  CORS_ALLOWED_ORIGINS: setting(
    'Origins of browser apps, comma-separated, or `*`.',
    HTTP,
    origins,
    [] as string[],
  ),
  POWERTOOLS_SERVICE_NAME: setting('The dimension of the metrics.', ['obtain', 'refresh'], text, 'latchkey'),
  DYNAMODB_ENDPOINT: optionalSetting(
    'Local and tests: another DynamoDB engine in place of the embedded one. No effect with `--stage`.',
    [],
    httpUrl,
  ),
  AWS_REGION: optionalSetting('The region. Lambda sets it in every function.', [], text),
  AWS_ENDPOINT_URL: optionalSetting(
    'An endpoint in place of all of AWS. The SDKs define it and the next three.',
    [],
    httpUrl,
  ),
  AWS_ENDPOINT_URL_DYNAMODB: optionalSetting('An endpoint in place of DynamoDB.', [], httpUrl),
  AWS_ENDPOINT_URL_SSM: optionalSetting('An endpoint in place of Parameter Store.', [], httpUrl),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: setting(
    'Whether those endpoints are ignored.',
    [],
    v.pipe(
      text,
      v.picklist(['true', 'false'], 'is neither true nor false'),
      v.transform((word) => word === 'true'),
    ),
    false,
  ),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [Name in SettingName]:
    | v.InferOutput<(typeof SETTINGS)[Name]['schema']>
    | (typeof SETTINGS)[Name]['fallback'];
};
