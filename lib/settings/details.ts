import type { Settings } from './table.ts';

export const FUNCTIONS = [
  'authorizer',
  'obtain',
  'verify',
  'refresh',
  'revoke',
  'posts',
  'sessions',
  'session',
  'account',
  'password',
  'openapi',
  'docs',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/**
 * The documentation of a setting and the functions that receive it. Separate from the table, because bundles do not
 * need it.
 */
export interface SettingDetails {
  /** Its effect, for docs/settings.md. */
  readonly description: string;
  readonly unit?: string;
  /** The functions that receive the variable when they are deployed. */
  readonly functions: readonly FunctionName[];
}

/** The functions that apps call. */
const HTTP: readonly FunctionName[] = FUNCTIONS.filter((name) => !['authorizer', 'docs'].includes(name));
/** The functions that read or write the table. */
const STORES: readonly FunctionName[] = FUNCTIONS.filter((name) => !['openapi', 'docs'].includes(name));
const TOKENS: readonly FunctionName[] = ['authorizer', 'obtain', 'verify', 'refresh', 'revoke'];
const OWNS_SESSIONS: readonly FunctionName[] = ['sessions', 'session'];
const COUNTS_ATTEMPTS: readonly FunctionName[] = ['obtain', 'password'];

/** The details of each row of `table.ts`. */
export const SETTING_DETAILS: Readonly<Record<keyof Settings, SettingDetails>> = {
  TABLE_NAME: {
    description: 'Name of the DynamoDB table.',
    functions: STORES,
  },
  JWT_SECRET_KEY: {
    description:
      'Signs and verifies tokens. At least 32 bytes for HS256, 48 for HS384, 64 for HS512. Local only; random by default.',
    functions: [],
  },
  JWT_SECRET_PARAMETER: {
    description:
      'Name of the SecureString in Parameter Store that holds the signing secret of a deployed stage.',
    functions: TOKENS,
  },
  JWT_ALGORITHM: {
    description: 'Signing algorithm: `HS256`, `HS384` or `HS512`.',
    functions: TOKENS,
  },
  JWT_AUDIENCE: {
    description: 'Value of `aud` in new tokens. Other tokens are refused.',
    functions: TOKENS,
  },
  JWT_ISSUER: {
    description: 'Value of `iss` in new tokens. Other tokens are refused.',
    functions: TOKENS,
  },
  JWT_LEEWAY: {
    description: 'Accepted difference between clocks, for `exp` and `nbf`.',
    unit: 'seconds',
    functions: [...TOKENS, ...OWNS_SESSIONS],
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
    description: 'Time after a login during which its tokens can be refreshed.',
    unit: 'seconds',
    functions: ['obtain', 'refresh', ...OWNS_SESSIONS, 'password'],
  },
  JWT_REFRESH_AFTER_EXPIRY: {
    description: 'Whether an expired token can be refreshed within `JWT_REFRESH_EXPIRATION_DELTA`.',
    functions: ['obtain', 'refresh', ...OWNS_SESSIONS],
  },
  JWT_AUTH_HEADER_PREFIX: {
    description: 'Word before the token in `Authorization`. `Bearer` is always accepted.',
    functions: ['authorizer', 'obtain', 'revoke', 'docs'],
  },
  RESPONSE_USER: {
    description:
      'Whether obtain, verify and refresh return `user` in addition to the token, as a `JWT_RESPONSE_PAYLOAD_HANDLER` usually does.',
    functions: ['obtain', 'verify', 'refresh'],
  },
  SESSIONS_PER_USER: {
    description: 'Maximum number of sessions per user. A further login ends the least recently used one.',
    functions: ['obtain', 'refresh'],
  },
  REFRESH_REUSE_DETECTION: {
    description:
      'Whether the refresh of an older token ends its session: `auto` (if the client sent an `Idempotency-Key`), `always` or `never`.',
    functions: ['refresh'],
  },
  REFRESH_REUSE_SECONDS: {
    description:
      'With reuse detection: time after its refresh during which a token can be refreshed again. If not set: until its successor is refreshed.',
    unit: 'seconds',
    functions: ['refresh'],
  },
  THROTTLE_PAIR_FAILURES: {
    description: 'Wrong passwords of one username from one network within `THROTTLE_PAIR_SECONDS`.',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_PAIR_SECONDS: {
    description: 'Time window of `THROTTLE_PAIR_FAILURES`.',
    unit: 'seconds',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ADDRESS_FAILURES: {
    description: 'Wrong passwords from one network within `THROTTLE_ADDRESS_SECONDS`.',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ADDRESS_SECONDS: {
    description: 'Period of `THROTTLE_ADDRESS_FAILURES`.',
    unit: 'seconds',
    functions: COUNTS_ATTEMPTS,
  },
  THROTTLE_ACCOUNT_FAILURES: {
    description:
      'Consecutive wrong passwords of one username before further attempts are delayed (NIST SP 800-63B-4, section 3.2.2).',
    functions: COUNTS_ATTEMPTS,
  },
  LOGIN_REFUSAL_STEP_MS: {
    description: 'The duration of a refused login is rounded up to a multiple of this, whatever the reason.',
    unit: 'milliseconds',
    functions: ['obtain'],
  },
  PASSWORD_MIN_LENGTH: {
    description: 'Minimum length of a new password, in code points.',
    functions: ['password'],
  },
  PASSWORD_MAX_LENGTH: {
    description: 'Maximum length of a new password, in code points.',
    functions: ['password'],
  },
  SERVICE_NAME: {
    description: 'Name by which users know the service. New passwords must not be based on it.',
    functions: ['password'],
  },
  POSTS_CACHE_SECONDS: {
    description:
      'How long an execution environment returns a page of posts after it has read it. 0 reads it each time.',
    unit: 'seconds',
    functions: ['posts'],
  },
  CORS_ALLOWED_ORIGINS: {
    description:
      'Origins of browser apps and mobile web views, comma-separated, such as `https://app.example,capacitor://localhost`, or `*`.',
    functions: HTTP,
  },
  CORS_ALLOWED_HEADERS: {
    description: 'Further request headers of browser apps, comma-separated.',
    functions: HTTP,
  },
  TRUSTED_PROXY_HEADER: {
    description:
      'Header in which a proxy in front of API Gateway sends the address of the client. Counts only with the secret of the proxy: see [Behind CloudFront](operations.md#behind-cloudfront).',
    functions: HTTP,
  },
  TRUSTED_PROXY_SECRET_SHA256: {
    description:
      'SHA-256, in hexadecimal digits, of the secret that the proxy sends in `Latchkey-Proxy-Secret`.',
    functions: HTTP,
  },
  POWERTOOLS_SERVICE_NAME: {
    description: 'Dimension `service` of the metrics, and the name of the service in traces.',
    functions: STORES,
  },
  DYNAMODB_ENDPOINT: {
    description:
      'URL of another DynamoDB engine instead of the embedded one, for local data and tests. No effect with `--stage`.',
    functions: [],
  },
  AWS_REGION: {
    description: 'AWS region. Lambda sets it in every function.',
    functions: [],
  },
  AWS_ENDPOINT_URL: {
    description: 'Endpoint for all AWS services. This and the next three are variables of the AWS SDKs.',
    functions: [],
  },
  AWS_ENDPOINT_URL_DYNAMODB: {
    description: 'Endpoint for DynamoDB.',
    functions: [],
  },
  AWS_ENDPOINT_URL_SSM: {
    description: 'Endpoint for Parameter Store.',
    functions: [],
  },
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: {
    description: 'Whether those endpoints are ignored.',
    functions: [],
  },
};
