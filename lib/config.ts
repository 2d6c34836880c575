import type { Credentials } from './aws-request.ts';
import type { MonotonicClock } from './clock.ts';
import { memoizeAsync } from './memoize-async.ts';
import type { PasswordRules } from './passwords/password-policy.ts';
import type { SessionRules } from './sessions/session.ts';
import { ConfigurationError, type Environment, readSettings, settingProblems } from './settings/read.ts';
import type { Settings } from './settings/table.ts';
import type { ThrottleSettings } from './throttling/throttle.ts';
import { KeySet } from './tokens/key-set.ts';
import type { TokenSettings } from './tokens/tokens.ts';

export { ConfigurationError } from './settings/read.ts';

// Reads the settings of each part of the service. Only this module reads the environment; settings/table.ts defines the
// settings.

/** Validates all settings that are set. @throws {ConfigurationError} with every problem */
export function assertSettings(environment: Environment = process.env): void {
  const problems = settingProblems(environment);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/** Fetches a secret by its parameter name. */
export type SecretReader = (parameter: string) => Promise<string>;

/**
 * Reads the signing secret and the rules for tokens. Uses `JWT_SECRET_KEY` if it is set; otherwise fetches the secret from
 * Parameter Store on first use and caches it.
 *
 * @throws {ConfigurationError}
 */
export function readTokenSettings(
  environment: Environment = process.env,
  readSecret?: SecretReader,
  clock?: MonotonicClock,
): TokenSettings {
  const {
    JWT_SECRET_PARAMETER: parameter,
    JWT_ALGORITHM,
    JWT_AUDIENCE: audience,
    JWT_ISSUER: issuer,
    JWT_LEEWAY: leewaySeconds,
  } = readSettings(
    ['JWT_SECRET_PARAMETER', 'JWT_ALGORITHM', 'JWT_AUDIENCE', 'JWT_ISSUER', 'JWT_LEEWAY'],
    environment,
  );
  const isFetched = !environment.JWT_SECRET_KEY && parameter !== undefined && readSecret !== undefined;
  const keys = isFetched
    ? memoizeAsync(
        async () => readKeySet({ JWT_ALGORITHM, JWT_SECRET_KEY: await readSecret(parameter) }),
        clock,
      )
    : readKeySet(environment);
  return Object.freeze({
    keys,
    leewaySeconds,
    ...(audience !== undefined && { audience }),
    ...(issuer !== undefined && { issuer }),
  });
}

/** @throws {ConfigurationError} if the secret is missing or too short */
function readKeySet(environment: Environment): KeySet {
  const names = ['JWT_SECRET_KEY', 'JWT_ALGORITHM'] as const;
  const { JWT_ALGORITHM, JWT_SECRET_KEY } = readSettings(names, environment, ['JWT_SECRET_KEY']);
  return new KeySet({ algorithm: JWT_ALGORITHM, secret: new TextEncoder().encode(JWT_SECRET_KEY) });
}

export interface ParameterStoreSettings {
  readonly region: string;
  readonly endpoint: string | undefined;
}

/**
 * Reads the region and the endpoint of Parameter Store.
 *
 * @throws {ConfigurationError}
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function readParameterStoreSettings(environment: Environment = process.env): ParameterStoreSettings {
  const { AWS_REGION: region } = readSettings(['AWS_REGION'], environment, ['AWS_REGION']);
  return Object.freeze({ region, endpoint: readEndpoint('AWS_ENDPOINT_URL_SSM', environment) });
}

/** Reads the endpoint of a service; undefined for that of the region. @throws {ConfigurationError} */
function readEndpoint(
  variable: 'AWS_ENDPOINT_URL_DYNAMODB' | 'AWS_ENDPOINT_URL_SSM',
  environment: Environment,
): string | undefined {
  const names = ['AWS_ENDPOINT_URL', variable, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] as const;
  const settings = readSettings(names, environment);
  if (settings.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS) return undefined;
  return settings[variable] ?? settings.AWS_ENDPOINT_URL;
}

/** Reads the prefix of the token in the `Authorization` header. @throws {ConfigurationError} */
export const readAuthorizationPrefix = (environment: Environment = process.env): string =>
  readSettings(['JWT_AUTH_HEADER_PREFIX'], environment).JWT_AUTH_HEADER_PREFIX;

export interface StorageSettings {
  readonly tableName: string;
  readonly region: string;
  /** The URL of a local engine. */
  readonly endpoint: string | undefined;
  /** A URL that replaces the AWS endpoint of the region, including its path. */
  readonly awsEndpoint: string | undefined;
}

/**
 * Reads the table's name, region and endpoint.
 *
 * @throws {ConfigurationError}
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function readStorageSettings(environment: Environment = process.env): StorageSettings {
  const settings = readSettings(['TABLE_NAME', 'AWS_REGION', 'DYNAMODB_ENDPOINT'], environment, [
    'TABLE_NAME',
    // A local engine has no region.
    ...(environment.DYNAMODB_ENDPOINT ? [] : (['AWS_REGION'] as const)),
  ]);
  const { TABLE_NAME: tableName, AWS_REGION: region = 'local', DYNAMODB_ENDPOINT: endpoint } = settings;
  const awsEndpoint = readEndpoint('AWS_ENDPOINT_URL_DYNAMODB', environment);
  return Object.freeze({ tableName, region, endpoint, awsEndpoint });
}

/** Reads whether responses with a token include the user. @throws {ConfigurationError} */
export const readResponseUser = (environment: Environment = process.env): boolean =>
  readSettings(['RESPONSE_USER'], environment).RESPONSE_USER;

/** Reads how long a page of posts is cached, in milliseconds. @throws {ConfigurationError} */
export const readPostsCache = (environment: Environment = process.env): number =>
  readSettings(['POSTS_CACHE_SECONDS'], environment).POSTS_CACHE_SECONDS * 1000;

export interface TrustedProxySettings {
  readonly header: string;
  readonly secretDigest: Uint8Array;
}

export interface HttpSettings {
  /** Origins that browser apps may call from, or `*` (Fetch standard, CORS protocol). */
  readonly allowedOrigins: readonly string[];
  /** Request headers that a browser app may send besides the usual ones. */
  readonly allowedHeaders: readonly string[];
  /** The proxy whose header states the address of a client. */
  readonly trustedProxy: TrustedProxySettings | undefined;
}

/** Reads the rules for requests. @throws {ConfigurationError} */
export function readHttpSettings(environment: Environment = process.env): HttpSettings {
  const settings = readSettings(
    ['CORS_ALLOWED_ORIGINS', 'CORS_ALLOWED_HEADERS', 'TRUSTED_PROXY_HEADER', 'TRUSTED_PROXY_SECRET_SHA256'],
    environment,
  );
  const { TRUSTED_PROXY_HEADER: header, TRUSTED_PROXY_SECRET_SHA256: digest } = settings;
  return Object.freeze({
    allowedOrigins: settings.CORS_ALLOWED_ORIGINS,
    allowedHeaders: settings.CORS_ALLOWED_HEADERS,
    trustedProxy: header && digest ? { header, secretDigest: Buffer.from(digest, 'hex') } : undefined,
  });
}

/**
 * Reads the step, in milliseconds, to which the duration of a refused login is rounded up.
 *
 * @throws {ConfigurationError}
 */
export const readRefusalStep = (environment: Environment = process.env): number =>
  readSettings(['LOGIN_REFUSAL_STEP_MS'], environment).LOGIN_REFUSAL_STEP_MS;

/** Reads the service name, which is the dimension of the metrics. @throws {ConfigurationError} */
export const readServiceName = (environment: Environment = process.env): string =>
  readSettings(['POWERTOOLS_SERVICE_NAME'], environment).POWERTOOLS_SERVICE_NAME;

/**
 * Reads the credentials of the execution role, which Lambda passes in the environment.
 *
 * @throws {ConfigurationError}
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function readCredentials(environment: Environment = process.env): Credentials {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (!accessKeyId || !secretAccessKey) {
    throw new ConfigurationError(['AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set']);
  }
  return { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN };
}

/**
 * Returns whether X-Ray samples the current invocation.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
export const isTraceSampled = (environment: Environment = process.env): boolean =>
  environment._X_AMZN_TRACE_ID?.includes('Sampled=1') ?? false;

/** The setting of each rule. */
const SESSION_RULES = {
  lifetimeSeconds: 'JWT_EXPIRATION_DELTA',
  refreshSeconds: 'JWT_REFRESH_EXPIRATION_DELTA',
  allowRefresh: 'JWT_ALLOW_REFRESH',
  refreshAfterExpiry: 'JWT_REFRESH_AFTER_EXPIRY',
  leewaySeconds: 'JWT_LEEWAY',
  sessionsPerUser: 'SESSIONS_PER_USER',
  reuseDetection: 'REFRESH_REUSE_DETECTION',
  reuseSeconds: 'REFRESH_REUSE_SECONDS',
} as const satisfies Record<keyof SessionRules, keyof Settings>;

/** The rules that a login uses. */
export const LOGIN_RULES = [
  'lifetimeSeconds',
  'refreshSeconds',
  'allowRefresh',
  'refreshAfterExpiry',
  'leewaySeconds',
  'sessionsPerUser',
] as const satisfies readonly (keyof SessionRules)[];

/**
 * Reads session limits and token lifetimes.
 *
 * @param rules the rules that the caller uses: a function receives only their settings
 * @throws {ConfigurationError}
 */
export function readSessionRules<Rule extends keyof SessionRules>(
  rules: readonly Rule[],
  environment: Environment = process.env,
): Pick<SessionRules, Rule> {
  const settings = readSettings(
    rules.map((rule) => SESSION_RULES[rule]),
    environment,
  );
  const values = rules.map((rule) => [rule, settings[SESSION_RULES[rule]]]);
  // Each value has passed the schema of its row.
  return Object.freeze(Object.fromEntries(values)) as Pick<SessionRules, Rule>;
}

/** Reads the limits for wrong passwords. @throws {ConfigurationError} */
export function readThrottleSettings(environment: Environment = process.env): ThrottleSettings {
  const settings = readSettings(
    [
      'THROTTLE_PAIR_FAILURES',
      'THROTTLE_PAIR_SECONDS',
      'THROTTLE_ADDRESS_FAILURES',
      'THROTTLE_ADDRESS_SECONDS',
      'THROTTLE_ACCOUNT_FAILURES',
    ],
    environment,
  );
  return Object.freeze({
    pair: { failures: settings.THROTTLE_PAIR_FAILURES, seconds: settings.THROTTLE_PAIR_SECONDS },
    network: { failures: settings.THROTTLE_ADDRESS_FAILURES, seconds: settings.THROTTLE_ADDRESS_SECONDS },
    accountFailures: settings.THROTTLE_ACCOUNT_FAILURES,
  });
}

/** Reads the rules for new passwords. @throws {ConfigurationError} */
export function readPasswordRules(environment: Environment = process.env): PasswordRules {
  const settings = readSettings(['PASSWORD_MIN_LENGTH', 'PASSWORD_MAX_LENGTH', 'SERVICE_NAME'], environment);
  return Object.freeze({
    minLength: settings.PASSWORD_MIN_LENGTH,
    maxLength: settings.PASSWORD_MAX_LENGTH,
    serviceName: settings.SERVICE_NAME,
  });
}
