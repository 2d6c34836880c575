import type { Context } from 'aws-lambda';
import {
  assertSettings,
  isTraceSampled,
  readAllowedOrigins,
  readAuthorizationPrefix,
  readParameterStoreSettings,
  readPasswordRules,
  readRefusalStep,
  readServiceName,
  readSessionRules,
  readStorageSettings,
  readThrottleSettings,
  readTokenSettings,
} from './config.ts';
import { createDocumentClient, type Table } from './dynamodb/client.ts';
import { FailureCounterRepository } from './dynamodb/failure-counters.ts';
import { LoginRepository } from './dynamodb/logins.ts';
import { PostRepository } from './dynamodb/posts.ts';
import { SessionRepository } from './dynamodb/sessions.ts';
import { UserRepository } from './dynamodb/users.ts';
import type { HttpDependencies } from './http/stack.ts';
import { createLogger } from './logger.ts';
import type { MetricName, Metrics } from './metrics.ts';
import { Passwords } from './passwords/passwords.ts';
import { PasswordPolicy } from './passwords/policy.ts';
import { PublishedPosts } from './posts/published-posts.ts';
import { readParameter } from './secrets/parameter-store.ts';
import { KnownDevices } from './sessions/known-device.ts';
import { LoginSessions } from './sessions/login-session.ts';
import { SessionService } from './sessions/session-service.ts';
import { TokenAuthenticator } from './sessions/token-authenticator.ts';
import { TokenRefresher } from './sessions/token-refresher.ts';
import { TokenRevoker } from './sessions/token-revoker.ts';
import { Throttle } from './throttling/throttle.ts';
import { Tokens } from './tokens/tokens.ts';
import { Login } from './users/login.ts';
import { OwnAccount } from './users/own-account.ts';
import { PasswordChange } from './users/password-change.ts';

// Functions, not one object: a bundle then holds only the parts that its handler names.

let sharedTable: Table | undefined;
let sharedMetrics: Promise<Metrics> | undefined;
let sharedLogger: ReturnType<typeof createLogger> | undefined;

let tracing: Promise<void> | undefined;

/**
 * Makes the handler of a Lambda function, at its first call, and keeps it for the life of the execution environment.
 * Where X-Ray samples a call, those to DynamoDB are traced from then on: what that needs is as large as a third of a
 * function, so it is loaded for nobody else (docs/decisions/012-traces-are-loaded-when-sampled.md).
 */
export function lambdaHandler<Event, Result>(
  make: () => (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  let handler: ((event: Event, context: Context) => Promise<Result>) | undefined;
  return async (event, context) => {
    if (isTraceSampled()) {
      tracing ??= traceTable();
      await tracing;
    }
    if (handler === undefined) {
      // Reports every problem at once; each part would report only its own.
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
    // A trace that cannot be made costs no request.
  }
}

/** The table of this stage. @throws {ConfigurationError} */
export function table(): Table {
  if (sharedTable === undefined) {
    const { tableName, ...client } = readStorageSettings();
    sharedTable = { client: createDocumentClient(client), name: tableName };
  }
  return sharedTable;
}

/** @throws {ConfigurationError} */
const tokens = (): Tokens =>
  new Tokens(
    readTokenSettings(undefined, (parameter) => readParameter(parameter, readParameterStoreSettings())),
  );

const sessions = (): SessionRepository => new SessionRepository(table());

/** @throws {ConfigurationError} */
export const tokenAuthenticator = (): TokenAuthenticator =>
  new TokenAuthenticator({ tokens: tokens(), sessions: sessions() });

/** @throws {ConfigurationError} */
export const tokenRefresher = (): TokenRefresher =>
  new TokenRefresher({
    tokens: tokens(),
    sessions: sessions(),
    rules: readSessionRules(),
    onReuse: () => count('refresh_reuse'),
  });

/** @throws {ConfigurationError} */
export const tokenRevoker = (): TokenRevoker => new TokenRevoker({ tokens: tokens(), sessions: sessions() });

/** @throws {ConfigurationError} */
export const sessionService = (): SessionService =>
  new SessionService({ sessions: sessions(), rules: readSessionRules() });

export const ownAccount = (): OwnAccount => new OwnAccount(new UserRepository(table()));

const throttle = (): Throttle =>
  new Throttle({ counters: new FailureCounterRepository(table()), settings: readThrottleSettings() });

export const posts = (): PublishedPosts => new PublishedPosts(new PostRepository(table()));

/** @throws {ConfigurationError} */
export const login = (): Login => {
  const shared = tokens();
  return new Login({
    users: new LoginRepository(table()),
    passwords: new Passwords(),
    sessions: new LoginSessions({ tokens: shared, rules: readSessionRules() }),
    devices: new KnownDevices(shared),
    throttle: throttle(),
    refusalStepMs: readRefusalStep(),
    onRefused: () => count('login_refused'),
  });
};

/** @throws {ConfigurationError} */
export const passwordChange = (): PasswordChange =>
  new PasswordChange({
    users: new LoginRepository(table()),
    passwords: new Passwords(),
    policy: new PasswordPolicy(readPasswordRules()),
    throttle: throttle(),
    rules: readSessionRules(),
  });

/** Loaded when there is something to count. */
async function count(name: MetricName): Promise<void> {
  sharedMetrics ??= import('./metrics.ts').then(({ createMetrics }) => createMetrics(readServiceName()));
  (await sharedMetrics).count(name);
}

export function logger() {
  sharedLogger ??= createLogger();
  return sharedLogger;
}

/** What every HTTP handler is made of. @throws {ConfigurationError} */
export const http = (): HttpDependencies => ({ logger: logger(), allowedOrigins: readAllowedOrigins() });

/** Words that may stand before a token: the setting's, and RFC 6750's. @throws {ConfigurationError} */
export const authorizationPrefixes = (): readonly string[] => [readAuthorizationPrefix(), 'Bearer'];
