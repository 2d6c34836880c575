import type { Context } from 'aws-lambda';
import {
  assertSettings,
  isTraceSampled,
  LOGIN_RULES,
  readAuthorizationPrefix,
  readCredentials,
  readHttpSettings,
  readParameterStoreSettings,
  readPasswordRules,
  readPostsCache,
  readRefusalStep,
  readResponseUser,
  readServiceName,
  readSessionRules,
  readStorageSettings,
  readThrottleSettings,
  readTokenSettings,
} from './config.ts';
import { createItemClient, type HttpItemClient } from './dynamodb/http-item-client.ts';
import type { HttpDependencies } from './http/stack.ts';
import { createLogger } from './logger.ts';
import type { MetricName, Metrics } from './metrics.ts';
import type { PostPages } from './posts/published-posts.ts';
import { readParameter } from './secrets/parameter-store.ts';
import type { SessionService } from './sessions/session-service.ts';
import type { TokenAuthenticator } from './sessions/token-authenticator.ts';
import type { TokenRefresher } from './sessions/token-refresher.ts';
import type { TokenRevoker } from './sessions/token-revoker.ts';
import type { AccountService } from './users/account-service.ts';
import type { Login } from './users/login.ts';
import type { PasswordChange } from './users/password-change.ts';
import {
  createAccountService,
  createLogin,
  createPasswordChange,
  createPublishedPosts,
  createSessionService,
  createTokenAuthenticator,
  createTokenRefresher,
  createTokenRevoker,
} from './wiring.ts';

export {
  readAuthorizationPrefix as authorizationPrefix,
  readResponseUser as hasResponseUser,
} from './config.ts';

// Calls the factories in wiring.ts with production values. A handler creates only the services that it needs.

interface Table {
  readonly client: HttpItemClient;
  readonly name: string;
}

let sharedTable: Table | undefined;
let sharedMetrics: Promise<Metrics> | undefined;
let sharedLogger: ReturnType<typeof createLogger> | undefined;

let tracing: Promise<void> | undefined;

type Handler<Event, Result> = (event: Event, context: Context) => Promise<Result>;

/**
 * Creates a Lambda handler on the first invocation and reuses it for the life of the execution environment. Traces
 * calls to DynamoDB from the first sampled invocation on. The tracer would make each function a third larger, so it is
 * loaded only then (docs/decisions/012-traces-are-loaded-when-sampled.md).
 */
export function lambdaHandler<Event, Result>(make: () => Handler<Event, Result>): Handler<Event, Result> {
  const handler = plainHandler(make);
  return async (event, context) => {
    if (isTraceSampled()) {
      tracing ??= traceTable();
      await tracing;
    }
    return handler(event, context);
  };
}

/** Creates the handler of a function that uses no table, so that its bundle has no client of DynamoDB. */
export function plainHandler<Event, Result>(make: () => Handler<Event, Result>): Handler<Event, Result> {
  let handler: Handler<Event, Result> | undefined;
  return async (event, context) => {
    if (handler === undefined) {
      // Reports all problems at once; each part would report only its own.
      assertSettings();
      handler = make();
    }
    return handler(event, context);
  };
}

async function traceTable(): Promise<void> {
  try {
    const { traceCalls } = await import('./tracing.ts');
    traceCalls(table().client, readServiceName());
  } catch {
    // A tracing failure does not fail the request.
  }
}

/** The table of this stage. @throws {ConfigurationError} */
export function table(): Table {
  if (sharedTable === undefined) {
    const { tableName, ...client } = readStorageSettings();
    sharedTable = { client: createItemClient({ ...client, credentials: readCredentials }), name: tableName };
  }
  return sharedTable;
}

const parts = () => ({ table: table(), clock: Date.now });

/** @throws {ConfigurationError} */
const tokenSettings = () =>
  readTokenSettings(undefined, (parameter) =>
    readParameter(parameter, { ...readParameterStoreSettings(), credentials: readCredentials }),
  );

/** @throws {ConfigurationError} */
export const tokenAuthenticator = (): TokenAuthenticator =>
  createTokenAuthenticator({ ...parts(), settings: { tokens: tokenSettings() } });

/** @throws {ConfigurationError} */
export const tokenRefresher = (): TokenRefresher =>
  createTokenRefresher({
    ...parts(),
    settings: {
      tokens: tokenSettings(),
      sessions: readSessionRules([
        'lifetimeSeconds',
        'refreshSeconds',
        'refreshAfterExpiry',
        'leewaySeconds',
        'sessionsPerUser',
        'reuseDetection',
        'reuseSeconds',
      ]),
    },
    onReuse: () => count('refresh_reuse'),
  });

/** @throws {ConfigurationError} */
export const tokenRevoker = (): TokenRevoker =>
  createTokenRevoker({ ...parts(), settings: { tokens: tokenSettings() } });

/** @throws {ConfigurationError} */
export const sessionService = (): SessionService =>
  createSessionService({
    ...parts(),
    settings: { sessions: readSessionRules(['refreshSeconds', 'refreshAfterExpiry', 'leewaySeconds']) },
  });

export const accountService = (): AccountService => createAccountService(table());

/**
 * Creates the service that reads the user for responses. Returns undefined if they do not include the user.
 *
 * @throws {ConfigurationError}
 */
export const responseUsers = (): AccountService | undefined =>
  readResponseUser() ? accountService() : undefined;

/** @throws {ConfigurationError} */
export const posts = (): PostPages =>
  createPublishedPosts(table(), { cacheMs: readPostsCache(), clock: Date.now });

/** @throws {ConfigurationError} */
export const login = (): Login =>
  createLogin({
    ...parts(),
    settings: {
      tokens: tokenSettings(),
      sessions: readSessionRules(LOGIN_RULES),
      throttle: readThrottleSettings(),
      refusalStepMs: readRefusalStep(),
    },
    onRefused: () => count('login_refused'),
  });

/** @throws {ConfigurationError} */
export const passwordChange = (): PasswordChange =>
  createPasswordChange({
    ...parts(),
    settings: {
      sessions: readSessionRules(['refreshSeconds']),
      throttle: readThrottleSettings(),
      passwords: readPasswordRules(),
    },
  });

/** Counts an event. Loads the metrics library on first use. */
async function count(name: MetricName): Promise<void> {
  sharedMetrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(readServiceName()));
  (await sharedMetrics).count(name);
}

export function logger() {
  sharedLogger ??= createLogger();
  return sharedLogger;
}

/** The dependencies of every HTTP handler. @throws {ConfigurationError} */
export const http = (): HttpDependencies => ({ logger: logger(), ...readHttpSettings() });

/** The dependencies of a handler whose responses are for pages of the same origin. */
export const sameOriginHttp = (): HttpDependencies => ({ logger: logger(), allowedOrigins: [] });

/** The accepted prefixes of a token: the configured one and `Bearer` (RFC 6750 §2.1). @throws {ConfigurationError} */
export const authorizationPrefixes = (): readonly string[] => [readAuthorizationPrefix(), 'Bearer'];
