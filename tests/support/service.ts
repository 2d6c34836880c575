import type { APIGatewayAuthorizerResult, APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createHandler as createAuthorizer } from '../../functions/authorizer.ts';
import { createHandler as createObtain } from '../../functions/obtain.ts';
import { createHandler as createPosts } from '../../functions/posts.ts';
import { createHandler as createRefresh } from '../../functions/refresh.ts';
import { createHandler as createVerify } from '../../functions/verify.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { PostRepository } from '../../lib/dynamodb/posts.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { createLogger } from '../../lib/logger.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { PublishedPosts } from '../../lib/posts/published-posts.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import { type TokenSettings, Tokens } from '../../lib/tokens/tokens.ts';
import { Authentication } from '../../lib/users/authentication.ts';
import { Login } from '../../lib/users/login.ts';
import { type EventOptions, lambdaContext, postJson, proxyEvent } from './events.ts';

const DAY_S = 86_400;
const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/test/GET/api/blog/posts';
const POSTS_PATH = '/api/blog/posts/';

export const SECRET = 'a signing key for tests alone, thirty-two bytes or more';

const DEFAULTS: TokenSettings = {
  keys: new KeySet({ algorithm: 'HS256', secret: new TextEncoder().encode(SECRET) }),
  lifetimeSeconds: 7 * DAY_S,
  refreshSeconds: 28 * DAY_S,
  allowRefresh: true,
  leewaySeconds: 0,
};

/** What the client got, the body parsed. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | boolean>>;
  readonly body: unknown;
}

/** The five functions on one table, in this process, with everything that they wrote to the log. */
export function createService(
  table: Table,
  {
    settings = {},
    clock = Date.now,
    allowedOrigins = [],
    refusalStepMs = 0,
  }: {
    settings?: Partial<TokenSettings>;
    /** Milliseconds since 1970. */
    clock?: () => number;
    allowedOrigins?: readonly string[];
    refusalStepMs?: number;
  } = {},
) {
  const lines: string[] = [];
  const logger = createLogger((line) => lines.push(line));
  const tokens = new Tokens({ ...DEFAULTS, ...settings }, () => Math.floor(clock() / 1000));
  const users = new UserRepository(table);
  const authentication = new Authentication({ tokens, accounts: users });
  const http = { logger, allowedOrigins, clock };
  const handlers = {
    obtain: createObtain({
      http,
      login: new Login({ users, passwords: new Passwords(), refusalStepMs }),
      tokens,
    }),
    verify: createVerify({ http, authentication }),
    refresh: createRefresh({ http, authentication, tokens }),
    posts: createPosts({ http, posts: new PublishedPosts(new PostRepository(table)) }),
  };
  const authorizer = createAuthorizer({ logger, clock, authentication, prefixes: ['JWT', 'Bearer'] });

  const invoke = async (name: keyof typeof handlers, event: APIGatewayProxyEvent): Promise<Reply> =>
    replyOf(await handlers[name](event, lambdaContext()));
  const authorize = (authorization: string) =>
    authorizer({ type: 'TOKEN', authorizationToken: authorization, methodArn: METHOD_ARN }, lambdaContext());

  return {
    lines,
    tokens,
    authorize,
    invoke,
    /** Posts a value as JSON. */
    post: (name: keyof typeof handlers, value: unknown): Promise<Reply> => invoke(name, postJson(value)),
    /** Gets the posts as API Gateway lets one: the authorizer first, then the handler with its context. */
    getPosts: async (authorization: string, options: EventOptions = {}): Promise<Reply> => {
      const { policyDocument, context } = await authorize(authorization);
      if (policyDocument.Statement[0]?.Effect !== 'Allow')
        return { status: 401, headers: {}, body: context ?? {} };
      const authorized = proxyEvent('GET', {
        path: POSTS_PATH,
        ...options,
        authorizer: definedOf(context ?? {}),
      });
      return invoke('posts', authorized);
    },
  };
}

const definedOf = (context: NonNullable<APIGatewayAuthorizerResult['context']>) =>
  Object.fromEntries(
    Object.entries(context).flatMap(([name, value]) => (value == null ? [] : [[name, value]])),
  );

function replyOf({ statusCode, headers = {}, body }: APIGatewayProxyResult): Reply {
  return { status: statusCode, headers, body: body === '' ? undefined : JSON.parse(body) };
}
