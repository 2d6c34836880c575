import * as v from 'valibot';
import { InternalError } from './errors.ts';
import type { PasswordRules } from './passwords/policy.ts';
import type { SessionRules } from './sessions/session.ts';
import type { ThrottleSettings } from './throttling/throttle.ts';
import { type Algorithm, KeySet, MIN_KEY_BYTES } from './tokens/key-set.ts';
import type { TokenSettings } from './tokens/tokens.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that are missing or wrong, each by its name; values are never shown. */
export class ConfigurationError extends InternalError {
  /** Each begins with the name of the variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
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

const keyEntries = {
  JWT_SECRET_KEY: text,
  JWT_ALGORITHM: v.optional(v.picklist(['HS256', 'HS384', 'HS512'], 'is not HS256, HS384 or HS512'), 'HS256'),
};
const lifetimeEntries = {
  JWT_ALLOW_REFRESH: v.optional(flag, 'true'),
  JWT_EXPIRATION_DELTA: v.optional(whole(1, 'seconds'), '604800'),
  JWT_REFRESH_EXPIRATION_DELTA: v.optional(whole(1, 'seconds'), '2419200'),
  JWT_REFRESH_AFTER_EXPIRY: v.optional(flag, 'false'),
  JWT_LEEWAY: v.optional(whole(0, 'seconds'), '0'),
};
const claimEntries = { JWT_AUDIENCE: v.optional(text), JWT_ISSUER: v.optional(text) };

interface KeyVariables {
  readonly JWT_SECRET_KEY: string;
  readonly JWT_ALGORITHM: Algorithm;
}
const isLongEnough = ({ JWT_SECRET_KEY, JWT_ALGORITHM }: KeyVariables) =>
  Buffer.byteLength(JWT_SECRET_KEY) >= MIN_KEY_BYTES[JWT_ALGORITHM];
const TOO_SHORT =
  'is shorter than its algorithm asks for: 32 bytes for HS256, 48 for HS384, 64 for HS512 (RFC 8725 section 3.5)';

const keySchema = v.pipe(
  v.object(keyEntries, NOT_SET),
  v.forward(
    v.check((key) => isLongEnough(key), TOO_SHORT),
    ['JWT_SECRET_KEY'],
  ),
);
const tokenSchema = v.pipe(
  v.object({ ...keyEntries, ...lifetimeEntries, ...claimEntries }, NOT_SET),
  v.forward(
    v.check((key) => isLongEnough(key), TOO_SHORT),
    ['JWT_SECRET_KEY'],
  ),
);
const keptSecretSchema = v.object(
  {
    ...lifetimeEntries,
    ...claimEntries,
    JWT_ALGORITHM: keyEntries.JWT_ALGORITHM,
    JWT_SECRET_PARAMETER: text,
  },
  NOT_SET,
);

const prefixSchema = v.object({
  JWT_AUTH_HEADER_PREFIX: v.optional(
    v.pipe(text, v.regex(/^[!-~]+$/, 'holds a blank or is not ASCII')),
    'JWT',
  ),
});

const httpUrl = v.pipe(
  text,
  v.check((url) => /^https?:\/\//i.test(url) && URL.canParse(url), 'is not an http or https URL'),
);
/**
 * Endpoints in place of AWS's own, by the names and the rules of the AWS SDKs; each service adds its own variable.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
const endpointEntries = {
  AWS_ENDPOINT_URL: v.optional(httpUrl),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: v.optional(
    v.picklist(['true', 'false'], 'is neither true nor false'),
    'false',
  ),
};

const tableEntries = { TABLE_NAME: text, AWS_REGION: v.optional(text) };
const localStorageSchema = v.object({ ...tableEntries, DYNAMODB_ENDPOINT: httpUrl }, NOT_SET);
const storageSchema = v.object(
  { ...tableEntries, ...endpointEntries, AWS_ENDPOINT_URL_DYNAMODB: v.optional(httpUrl) },
  NOT_SET,
);

const httpSchema = v.object({ CORS_ALLOWED_ORIGINS: v.optional(origins) });

const parameterStoreSchema = v.object(
  { AWS_REGION: text, ...endpointEntries, AWS_ENDPOINT_URL_SSM: v.optional(httpUrl) },
  NOT_SET,
);

const sessionSchema = v.object({
  ...lifetimeEntries,
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

const metricsSchema = v.object({ POWERTOOLS_SERVICE_NAME: v.optional(text, 'latchkey') });

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

/** Brings a secret by the name of its parameter. */
export type SecretReader = (parameter: string) => Promise<string>;

/**
 * Reads what tokens are signed with and how long they live. The secret is the variable's where there is one, as locally;
 * else it is brought from the parameter store when it is first needed, and kept.
 *
 * @throws {ConfigurationError}
 */
export function readTokenSettings(
  environment: Environment = process.env,
  readSecret?: SecretReader,
): TokenSettings {
  if (environment.JWT_SECRET_KEY || !environment.JWT_SECRET_PARAMETER || readSecret === undefined) {
    const settings = parse(tokenSchema, environment);
    return settingsOf(settings, keySetOf(settings));
  }
  const settings = parse(keptSecretSchema, environment);
  const { JWT_SECRET_PARAMETER, JWT_ALGORITHM } = settings;
  const keys = kept(async () =>
    keySetOf(parse(keySchema, { JWT_ALGORITHM, JWT_SECRET_KEY: await readSecret(JWT_SECRET_PARAMETER) })),
  );
  return settingsOf(settings, keys);
}

const settingsOf = <Keys extends TokenSettings['keys']>(
  settings: Lifetimes & { JWT_AUDIENCE?: string | undefined; JWT_ISSUER?: string | undefined },
  keys: Keys,
): TokenSettings & { readonly keys: Keys } =>
  Object.freeze({
    keys,
    ...lifetimesOf(settings),
    ...(settings.JWT_AUDIENCE === undefined ? {} : { audience: settings.JWT_AUDIENCE }),
    ...(settings.JWT_ISSUER === undefined ? {} : { issuer: settings.JWT_ISSUER }),
  });

const keySetOf = ({ JWT_ALGORITHM, JWT_SECRET_KEY }: KeyVariables): KeySet =>
  new KeySet({ algorithm: JWT_ALGORITHM, secret: new TextEncoder().encode(JWT_SECRET_KEY) });

/** Keeps what was brought; a failure is not kept, so that the next call tries again. */
function kept<Value>(bring: () => Promise<Value>): () => Promise<Value> {
  let brought: Promise<Value> | undefined;
  return () => {
    brought ??= bring().catch((error: unknown) => {
      brought = undefined;
      throw error;
    });
    return brought;
  };
}

type Lifetimes = v.InferOutput<v.ObjectSchema<typeof lifetimeEntries, undefined>>;
const lifetimesOf = (settings: Lifetimes) => ({
  lifetimeSeconds: settings.JWT_EXPIRATION_DELTA,
  refreshSeconds: settings.JWT_REFRESH_EXPIRATION_DELTA,
  allowRefresh: settings.JWT_ALLOW_REFRESH,
  refreshAfterExpiry: settings.JWT_REFRESH_AFTER_EXPIRY,
  leewaySeconds: settings.JWT_LEEWAY,
});

export interface ParameterStoreSettings {
  readonly region: string;
  readonly endpoint: string | undefined;
}

/** Reads the region and the endpoint of Parameter Store. @throws {ConfigurationError} */
export function readParameterStoreSettings(environment: Environment = process.env): ParameterStoreSettings {
  const settings = parse(parameterStoreSchema, environment);
  const isIgnored = settings.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true';
  const endpoint = isIgnored ? undefined : (settings.AWS_ENDPOINT_URL_SSM ?? settings.AWS_ENDPOINT_URL);
  return Object.freeze({ region: settings.AWS_REGION, endpoint });
}

/** Reads the word before the token in the `Authorization` header. @throws {ConfigurationError} */
export function readAuthorizationPrefix(environment: Environment = process.env): string {
  return parse(prefixSchema, environment).JWT_AUTH_HEADER_PREFIX;
}

export interface StorageSettings {
  readonly tableName: string;
  readonly region: string | undefined;
  /** The URL of a local engine; undefined leaves the endpoint to the SDK, which reads `AWS_ENDPOINT_URL` itself. */
  readonly endpoint: string | undefined;
}

/** Reads the table's name, region and endpoint. @throws {ConfigurationError} */
export function readStorageSettings(environment: Environment = process.env): StorageSettings {
  if (environment.DYNAMODB_ENDPOINT) {
    const { TABLE_NAME, AWS_REGION, DYNAMODB_ENDPOINT } = parse(localStorageSchema, environment);
    return Object.freeze({ tableName: TABLE_NAME, region: AWS_REGION, endpoint: DYNAMODB_ENDPOINT });
  }
  // A faulty URL is reported here by its name; the SDK fails at the first request.
  const { TABLE_NAME, AWS_REGION } = parse(storageSchema, environment);
  return Object.freeze({ tableName: TABLE_NAME, region: AWS_REGION, endpoint: undefined });
}

/** Reads which origins a browser app may call from (Fetch standard, CORS protocol). @throws {ConfigurationError} */
export function readAllowedOrigins(environment: Environment = process.env): readonly string[] {
  return Object.freeze(parse(httpSchema, environment).CORS_ALLOWED_ORIGINS ?? []);
}

/** Reads the step of time, in milliseconds, that refused logins are held to. @throws {ConfigurationError} */
export function readRefusalStep(environment: Environment = process.env): number {
  return parse(loginSchema, environment).LOGIN_REFUSAL_STEP_MS;
}

/** Reads what this stage's metrics are counted under. @throws {ConfigurationError} */
export function readServiceName(environment: Environment = process.env): string {
  return parse(metricsSchema, environment).POWERTOOLS_SERVICE_NAME;
}

/**
 * Tells whether X-Ray samples the invocation that is running.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export const isTraceSampled = (environment: Environment = process.env): boolean =>
  environment._X_AMZN_TRACE_ID?.includes('Sampled=1') ?? false;

/** Reads how many sessions a user may have, and how long tokens of them live. @throws {ConfigurationError} */
export function readSessionRules(environment: Environment = process.env): SessionRules {
  const settings = parse(sessionSchema, environment);
  return Object.freeze({
    ...lifetimesOf(settings),
    sessionsPerUser: settings.SESSIONS_PER_USER,
    reuseSeconds: settings.REFRESH_REUSE_SECONDS,
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
