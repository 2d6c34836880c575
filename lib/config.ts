import * as v from 'valibot';
import type { PasswordRules } from './passwords/policy.ts';
import type { SessionRules } from './sessions/session.ts';
import type { ThrottleSettings } from './throttling/throttle.ts';
import { KeySet, MIN_KEY_BYTES } from './tokens/key-set.ts';
import type { TokenSettings } from './tokens/tokens.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that are missing or wrong, each by its name; values are never shown. */
export class ConfigurationError extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
  }
}

const WORDS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

const NOT_SET = 'is not set';
const text = v.pipe(v.string(NOT_SET), v.nonEmpty('is empty'));
const flag = v.pipe(
  text,
  v.transform((word) => WORDS.get(word.toLowerCase())),
  v.boolean('is neither true nor false'),
);
const whole = (least: number, unit: string) =>
  v.pipe(
    text,
    v.regex(/^\d{1,9}$/, `is not a whole number of ${unit}`),
    v.transform(Number),
    v.minValue(least, `is less than ${least} ${unit}`),
  );
const origins = v.pipe(
  v.string(),
  v.transform((list) => list.split(',').map((origin) => origin.trim())),
  v.array(
    v.pipe(
      v.string(),
      v.regex(
        /^(\*|https?:\/\/[^/\s]+)$/,
        'holds something that is no origin (https://app.example) and not *',
      ),
    ),
  ),
);

const tokenSchema = v.pipe(
  v.object(
    {
      JWT_SECRET_KEY: text,
      JWT_ALGORITHM: v.optional(
        v.picklist(['HS256', 'HS384', 'HS512'], 'is not HS256, HS384 or HS512'),
        'HS256',
      ),
      JWT_ALLOW_REFRESH: v.optional(flag, 'true'),
      JWT_EXPIRATION_DELTA: v.optional(whole(1, 'seconds'), '604800'),
      JWT_REFRESH_EXPIRATION_DELTA: v.optional(whole(1, 'seconds'), '2419200'),
      JWT_REFRESH_AFTER_EXPIRY: v.optional(flag, 'false'),
      JWT_LEEWAY: v.optional(whole(0, 'seconds'), '0'),
      JWT_AUDIENCE: v.optional(text),
      JWT_ISSUER: v.optional(text),
    },
    NOT_SET,
  ),
  v.forward(
    v.check(
      ({ JWT_SECRET_KEY, JWT_ALGORITHM }) =>
        Buffer.byteLength(JWT_SECRET_KEY) >= MIN_KEY_BYTES[JWT_ALGORITHM],
      'is shorter than its algorithm asks for: 32 bytes for HS256, 48 for HS384, 64 for HS512 (RFC 8725 section 3.5)',
    ),
    ['JWT_SECRET_KEY'],
  ),
);

const prefixSchema = v.object({
  JWT_AUTH_HEADER_PREFIX: v.optional(
    v.pipe(text, v.regex(/^[!-~]+$/, 'holds a blank or is not ASCII')),
    'JWT',
  ),
});

const storageSchema = v.object(
  {
    TABLE_NAME: text,
    AWS_REGION: v.optional(text),
    DYNAMODB_ENDPOINT: v.optional(v.pipe(text, v.url('is no URL'))),
  },
  NOT_SET,
);

const httpSchema = v.object({ CORS_ALLOWED_ORIGINS: v.optional(origins) });

const sessionSchema = v.object({
  SESSIONS_PER_USER: v.optional(
    v.pipe(whole(1, 'sessions'), v.maxValue(100, 'is more than 100 sessions')),
    '20',
  ),
  REFRESH_REUSE_SECONDS: v.optional(whole(0, 'seconds')),
});

const throttleSchema = v.object({
  THROTTLE_PAIR_FAILURES: v.optional(whole(1, 'failures'), '10'),
  THROTTLE_PAIR_SECONDS: v.optional(whole(1, 'seconds'), '900'),
  THROTTLE_ADDRESS_FAILURES: v.optional(whole(1, 'failures'), '300'),
  THROTTLE_ADDRESS_SECONDS: v.optional(whole(1, 'seconds'), '900'),
  THROTTLE_ACCOUNT_FAILURES: v.optional(
    v.pipe(
      whole(1, 'failures'),
      v.maxValue(100, 'is more than 100 failures (NIST SP 800-63B-4 section 3.2.2)'),
    ),
    '100',
  ),
});

const passwordSchema = v.pipe(
  v.object({
    PASSWORD_MIN_LENGTH: v.optional(
      v.pipe(whole(8, 'characters'), v.maxValue(64, 'is more than 64 characters')),
      '8',
    ),
    PASSWORD_MAX_LENGTH: v.optional(
      v.pipe(whole(64, 'characters'), v.maxValue(1024, 'is more than 1024 characters')),
      '128',
    ),
    SERVICE_NAME: v.optional(text, 'latchkey'),
  }),
);

const loginSchema = v.object({ LOGIN_REFUSAL_STEP_MS: v.optional(whole(0, 'milliseconds'), '1000') });

/** An empty variable counts as one that is not set: deployment tools cannot leave one out. */
function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  environment: Environment,
): v.InferOutput<Schema> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = v.safeParse(schema, set);
  if (!result.success) {
    throw new ConfigurationError(
      result.issues.map((issue) => `${v.getDotPath(issue)?.split('.')[0]} ${issue.message}`),
    );
  }
  return result.output;
}

/**
 * Reads what tokens are signed with and how long they live.
 *
 * @throws {ConfigurationError}
 */
export function readTokenSettings(environment: Environment = process.env): TokenSettings {
  const settings = parse(tokenSchema, environment);
  return Object.freeze({
    keys: new KeySet({
      algorithm: settings.JWT_ALGORITHM,
      secret: new TextEncoder().encode(settings.JWT_SECRET_KEY),
    }),
    lifetimeSeconds: settings.JWT_EXPIRATION_DELTA,
    refreshSeconds: settings.JWT_REFRESH_EXPIRATION_DELTA,
    allowRefresh: settings.JWT_ALLOW_REFRESH,
    refreshAfterExpiry: settings.JWT_REFRESH_AFTER_EXPIRY,
    leewaySeconds: settings.JWT_LEEWAY,
    ...(settings.JWT_AUDIENCE === undefined ? {} : { audience: settings.JWT_AUDIENCE }),
    ...(settings.JWT_ISSUER === undefined ? {} : { issuer: settings.JWT_ISSUER }),
  });
}

/** Reads the word before the token in the `Authorization` header. @throws {ConfigurationError} */
export function readAuthorizationPrefix(environment: Environment = process.env): string {
  return parse(prefixSchema, environment).JWT_AUTH_HEADER_PREFIX;
}

export interface StorageSettings {
  readonly tableName: string;
  readonly region: string | undefined;
  /** Another engine than AWS's, by its URL. */
  readonly endpoint: string | undefined;
}

/** Reads where the table is. @throws {ConfigurationError} */
export function readStorageSettings(environment: Environment = process.env): StorageSettings {
  const { TABLE_NAME, AWS_REGION, DYNAMODB_ENDPOINT } = parse(storageSchema, environment);
  return Object.freeze({ tableName: TABLE_NAME, region: AWS_REGION, endpoint: DYNAMODB_ENDPOINT });
}

/** Reads which origins a browser app may call from (Fetch standard, CORS protocol). @throws {ConfigurationError} */
export function readAllowedOrigins(environment: Environment = process.env): readonly string[] {
  return Object.freeze(parse(httpSchema, environment).CORS_ALLOWED_ORIGINS ?? []);
}

/** Reads the step of time, in milliseconds, that refused logins are held to. @throws {ConfigurationError} */
export function readRefusalStep(environment: Environment = process.env): number {
  return parse(loginSchema, environment).LOGIN_REFUSAL_STEP_MS;
}

/** Reads how many sessions a user may have, and how long tokens of them live. @throws {ConfigurationError} */
export function readSessionRules(environment: Environment = process.env): SessionRules {
  const { SESSIONS_PER_USER, REFRESH_REUSE_SECONDS } = parse(sessionSchema, environment);
  const { keys, audience, issuer, ...lifetimes } = readTokenSettings(environment);
  return Object.freeze({
    ...lifetimes,
    sessionsPerUser: SESSIONS_PER_USER,
    reuseSeconds: REFRESH_REUSE_SECONDS,
  });
}

/** Reads how many wrong passwords are let through. @throws {ConfigurationError} */
export function readThrottleSettings(environment: Environment = process.env): ThrottleSettings {
  const settings = parse(throttleSchema, environment);
  return Object.freeze({
    pair: { failures: settings.THROTTLE_PAIR_FAILURES, seconds: settings.THROTTLE_PAIR_SECONDS },
    network: { failures: settings.THROTTLE_ADDRESS_FAILURES, seconds: settings.THROTTLE_ADDRESS_SECONDS },
    accountFailures: settings.THROTTLE_ACCOUNT_FAILURES,
  });
}

/** Reads what new passwords have to be like. @throws {ConfigurationError} */
export function readPasswordRules(environment: Environment = process.env): PasswordRules {
  const { PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH, SERVICE_NAME } = parse(passwordSchema, environment);
  return Object.freeze({
    minLength: PASSWORD_MIN_LENGTH,
    maxLength: PASSWORD_MAX_LENGTH,
    serviceName: SERVICE_NAME,
  });
}
