import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createHandler as createAccount } from '../../functions/account.ts';
import { createHandler as createAuthorizer } from '../../functions/authorizer.ts';
import { createHandler as createEndSession } from '../../functions/end-session.ts';
import { createHandler as createObtain } from '../../functions/obtain.ts';
import { createHandler as createOpenapi } from '../../functions/openapi.ts';
import { createHandler as createPassword } from '../../functions/password.ts';
import { createHandler as createPosts } from '../../functions/posts.ts';
import { createHandler as createRefresh } from '../../functions/refresh.ts';
import { createHandler as createRevoke } from '../../functions/revoke.ts';
import { createHandler as createSessions } from '../../functions/sessions.ts';
import { createHandler as createVerify } from '../../functions/verify.ts';
import type { Clock } from '../../lib/clock.ts';
import type { TrustedProxySettings } from '../../lib/config.ts';
import type { ItemTable } from '../../lib/dynamodb/item-client.ts';
import { createLogger } from '../../lib/logger.ts';
import { createMetrics } from '../../lib/metrics.ts';
import type { RetryTiming } from '../../lib/retry-on-conflict.ts';
import type { SessionRules } from '../../lib/sessions/session.ts';
import type { ThrottleSettings } from '../../lib/throttling/throttle.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import type { TokenSettings } from '../../lib/tokens/tokens.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';
import {
  createAccountService,
  createLogin,
  createPasswordChange,
  createPasswords,
  createPublishedPosts,
  createSessionService,
  createTokenAuthenticator,
  createTokenRefresher,
  createTokenRevoker,
  createTokens,
  type ServiceSettings,
} from '../../lib/wiring.ts';
import { authorizerEvent, type EventOptions, lambdaContext, postJson, proxyEvent } from './events.ts';
import { TEST_MS } from './time-limits.ts';

const DAY_S = 86_400;
const PREFIXES = ['JWT', 'Bearer'];
const POSTS_PATH = '/api/blog/posts/';

export const SECRET = 'a signing key for tests alone, thirty-two bytes or more';

/** The default settings. */
export const RULES: TokenSettings & SessionRules = {
  keys: new KeySet({ algorithm: 'HS256', secret: new TextEncoder().encode(SECRET) }),
  lifetimeSeconds: 7 * DAY_S,
  refreshSeconds: 28 * DAY_S,
  allowRefresh: true,
  refreshAfterExpiry: false,
  leewaySeconds: 0,
  sessionsPerUser: 20,
  reuseDetection: 'auto',
  reuseSeconds: undefined,
};

export const THROTTLE: ThrottleSettings = {
  pair: { failures: 10, seconds: 900 },
  network: { failures: 300, seconds: 900 },
  accountFailures: 100,
};

/** A response with its parsed body. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | boolean>>;
  readonly body: unknown;
}

/** Creates all functions on one table, in this process, and collects the lines that they log. */
export function createService(
  table: ItemTable,
  {
    settings = {},
    clock = Date.now,
    allowedOrigins = [],
    trustedProxy,
    refusalStepMs = 0,
    responseUser = false,
    postsCacheMs = 0,
    passwords = createPasswords(),
    throttling = THROTTLE,
    remainingMs = TEST_MS,
    newSid,
    retryTiming,
  }: {
    settings?: Partial<TokenSettings & SessionRules>;
    clock?: Clock;
    allowedOrigins?: readonly string[];
    trustedProxy?: TrustedProxySettings;
    refusalStepMs?: number;
    /** The setting RESPONSE_USER. */
    responseUser?: boolean;
    /** The setting POSTS_CACHE_SECONDS, in milliseconds. */
    postsCacheMs?: number;
    passwords?: PasswordChecker;
    throttling?: ThrottleSettings;
    /** The time that each invocation has until its timeout, in milliseconds. */
    remainingMs?: number;
    /** Replaces the random ids of the sessions of logins. */
    newSid?: () => string;
    /** The timing of retries after a conflict; that of production by default. */
    retryTiming?: RetryTiming;
  } = {},
) {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line));
  const metrics = createMetrics('latchkey', (line) => lines.push(line));
  const rules = { ...RULES, ...settings };
  const groups: ServiceSettings = {
    tokens: rules,
    sessions: rules,
    throttle: throttling,
    passwords: { minLength: 8, maxLength: 128, serviceName: 'Latchkey' },
    refusalStepMs,
  };
  const parts = { table, clock, settings: groups, retryTiming };
  const sessions = createSessionService(parts);
  const authenticator = createTokenAuthenticator(parts);
  const http = { logger, allowedOrigins, trustedProxy, clock };
  const account = createAccountService(table);
  const responseUsers = responseUser ? account : undefined;
  const handlers = {
    obtain: createObtain({
      http,
      login: createLogin({
        ...parts,
        passwords,
        ...(newSid && { newSid }),
        onRefused: () => metrics.count('login_refused'),
      }),
      prefixes: PREFIXES,
      hasUser: responseUser,
    }),
    verify: createVerify({ http, authenticator, responseUsers }),
    refresh: createRefresh({
      http,
      refresher: createTokenRefresher({ ...parts, onReuse: () => metrics.count('refresh_reuse') }),
      responseUsers,
    }),
    revoke: createRevoke({ http, revoker: createTokenRevoker(parts), prefixes: PREFIXES }),
    posts: createPosts({ http, posts: createPublishedPosts(table, { cacheMs: postsCacheMs, clock }) }),
    sessions: createSessions({ http, sessions }),
    session: createEndSession({ http, sessions }),
    account: createAccount({ http, account }),
    password: createPassword({ http, passwordChange: createPasswordChange({ ...parts, passwords }) }),
    openapi: createOpenapi({ http, description: '{"openapi":"3.1.1"}' }),
  };
  const authorizer = createAuthorizer({ logger, clock, authenticator, prefixes: PREFIXES });

  const invoke = async (name: keyof typeof handlers, event: APIGatewayProxyEvent): Promise<Reply> =>
    replyOf(await handlers[name](event, lambdaContext(remainingMs)));
  const authorize = (authorization: string) =>
    authorizer(authorizerEvent(authorization), lambdaContext(remainingMs));
  const call = async (
    name: keyof typeof handlers,
    method: string,
    authorization: string,
    options: EventOptions = {},
  ): Promise<Reply> => {
    const { policyDocument, context = {} } = await authorize(authorization);
    if (policyDocument.Statement[0]?.Effect !== 'Allow') return { status: 401, headers: {}, body: context };
    return invoke(name, proxyEvent(method, { ...options, authorizer: context ?? {} }));
  };

  return {
    lines,
    handlers,
    tokens: createTokens(parts),
    authorize,
    invoke,
    /** Sends a POST request with a JSON body. */
    post: (name: keyof typeof handlers, value: unknown): Promise<Reply> => invoke(name, postJson(value)),
    /** Calls a protected function as API Gateway does: first the authorizer, then the handler with its context. */
    call,
    getPosts: (authorization: string, options: EventOptions = {}): Promise<Reply> =>
      call('posts', 'GET', authorization, { path: POSTS_PATH, ...options }),
  };
}

function replyOf({ statusCode, headers = {}, body }: APIGatewayProxyResult): Reply {
  return { status: statusCode, headers, body: body === '' ? undefined : JSON.parse(body) };
}

/** Returns the token of a response, or an empty string. */
export const tokenOf = ({ body }: Reply): string =>
  typeof body === 'object' && body !== null && 'token' in body ? String(body.token) : '';
