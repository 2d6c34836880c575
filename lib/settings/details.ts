import { FUNCTIONS, type FunctionName } from './setting.ts';
import type { SettingName } from './table.ts';

/** What people and deployments need to know of a setting, and functions do not: it is not part of their bundles. */
export interface SettingDetails {
  /** What it sets, for docs/settings.md. */
  readonly description: string;
  readonly unit?: string;
  /** The functions that receive the variable when they are deployed. */
  readonly functions: readonly FunctionName[];
}

const HTTP: readonly FunctionName[] = FUNCTIONS.filter((name) => name !== 'authorizer');
const TOKENS: readonly FunctionName[] = ['authorizer', 'obtain', 'verify', 'refresh', 'revoke'];
const COUNTS_ATTEMPTS: readonly FunctionName[] = ['obtain', 'password'];

/** The details of each row of `table.ts`. */
export const SETTING_DETAILS: Readonly<Record<SettingName, SettingDetails>> = {
  TABLE_NAME: {
    description: 'The DynamoDB table.',
    functions: FUNCTIONS,
  },
  JWT_SECRET_KEY: {
    description:
      'Signs and verifies tokens: at least 32, 48 or 64 bytes for HS256, HS384, HS512. Local; a random one by default.',
    functions: [],
  },
  JWT_SECRET_PARAMETER: {
    description: 'The SecureString of Parameter Store that holds the signing secret of a deployed stage.',
    functions: TOKENS,
  },
  JWT_ALGORITHM: {
    description: '`HS256`, `HS384` or `HS512`.',
    functions: TOKENS,
  },
  JWT_AUDIENCE: {
    description: 'Written to `aud`, and required there.',
    functions: TOKENS,
  },
  JWT_ISSUER: {
    description: 'Written to `iss`, and required there.',
    functions: TOKENS,
  },
  JWT_LEEWAY: {
    description: 'Clock difference that is accepted.',
    unit: 'seconds',
    functions: [...TOKENS, 'sessions'],
  },
  JWT_EXPIRATION_DELTA: {
    description: 'Lifetime of a token.',
    unit: 'seconds',
    functions: ['obtain', 'refresh'],
  },
  JWT_ALLOW_REFRESH: {
    description: 'Whether the tokens of new logins can be refreshed.',
    functions: ['obtain'],
  },
  JWT_REFRESH_EXPIRATION_DELTA: {
    description: 'Time after the login in which its tokens can be refreshed.',
    unit: 'seconds',
    functions: ['obtain', 'refresh', 'sessions', 'password'],
  },
  JWT_REFRESH_AFTER_EXPIRY: {
    description: 'Whether an expired token can be refreshed while its login is recent enough.',
    functions: ['obtain', 'refresh', 'sessions'],
  },
  JWT_AUTH_HEADER_PREFIX: {
    description: 'The word before the token in `Authorization`. `Bearer` is always accepted.',
    functions: ['authorizer', 'obtain'],
  },
  SESSIONS_PER_USER: {
    description: 'Sessions of a user. A further login evicts the least recently used.',
    functions: ['obtain', 'refresh'],
  },
  REFRESH_REUSE_DETECTION: {
    description:
      'In which sessions the refresh of an older token ends the session: `auto`, if the client sent an `Idempotency-Key`; `always`; `never`.',
    functions: ['obtain', 'refresh'],
  },
  REFRESH_REUSE_SECONDS: {
    description:
      'With reuse detection: time after its refresh in which a token can be refreshed again. Without it: until its successor was refreshed.',
    unit: 'seconds',
    functions: ['refresh'],
  },
  THROTTLE_PAIR_FAILURES: {
    description: 'Wrong passwords of one username from one network in a window.',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_PAIR_SECONDS: {
    description: 'That window.',
    unit: 'seconds',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ADDRESS_FAILURES: {
    description: 'Wrong passwords from one network in a window.',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ADDRESS_SECONDS: {
    description: 'That window.',
    unit: 'seconds',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ACCOUNT_FAILURES: {
    description:
      'Wrong passwords of one username in a row before each next one has to wait (NIST SP 800-63B-4 section 3.2.2).',
    functions: COUNTS_ATTEMPTS,
  },
  LOGIN_REFUSAL_STEP_MS: {
    description: 'Refused logins take a whole multiple of this time, whatever the reason.',
    unit: 'milliseconds',
    functions: ['obtain'],
  },
  PASSWORD_MIN_LENGTH: {
    description: 'Shortest new password, in code points.',
    functions: ['password'],
  },
  PASSWORD_MAX_LENGTH: {
    description: 'Longest new password, in code points.',
    functions: ['password'],
  },
  SERVICE_NAME: {
    description: 'The name by which users know the service. No password may be made of it.',
    functions: ['password'],
  },
  CORS_ALLOWED_ORIGINS: {
    description: 'Origins of browser apps, comma-separated, or `*`.',
    functions: HTTP,
  },
  POWERTOOLS_SERVICE_NAME: {
    description: 'The dimension of the metrics.',
    functions: ['obtain', 'refresh'],
  },
  DYNAMODB_ENDPOINT: {
    description:
      'Local and tests: another DynamoDB engine in place of the embedded one. No effect with `--stage`.',
    functions: [],
  },
  AWS_REGION: {
    description: 'The region. Lambda sets it in every function.',
    functions: [],
  },
  AWS_ENDPOINT_URL: {
    description: 'An endpoint in place of all of AWS. The SDKs define it and the next three.',
    functions: [],
  },
  AWS_ENDPOINT_URL_DYNAMODB: {
    description: 'An endpoint in place of DynamoDB.',
    functions: [],
  },
  AWS_ENDPOINT_URL_SSM: {
    description: 'An endpoint in place of Parameter Store.',
    functions: [],
  },
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: {
    description: 'Whether those endpoints are ignored.',
    functions: [],
  },
};
