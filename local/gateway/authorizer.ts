import type { GatewayResponseType } from './gateway-responses.ts';
import { type AuthorizerResult, isAllowed, parseAuthorizerResult } from './policy.ts';

/** The TOKEN authorizer that a route declares. */
export interface AuthorizerDefinition {
  /** The function of the authorizer. */
  readonly functionName: string;
  /** The lower-case name of the header with the token. */
  readonly header: string;
  /** A token that does not match is rejected, and the authorizer is not invoked. */
  readonly validation: RegExp;
  /** How long the result for a token is cached, in seconds; 0 disables the cache. */
  readonly ttlSeconds: number;
}

/** The members of the context of an authorizer as texts, including `principalId`. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** Whether a request is passed to the handler or receives a gateway response. */
export type Verdict =
  | { readonly allowed: true; readonly context: AuthorizerContext }
  | { readonly allowed: false; readonly type: GatewayResponseType; readonly context?: AuthorizerContext };

/** The event of a TOKEN authorizer (API Gateway developer guide, "Input to a Lambda authorizer"). */
export interface TokenEvent {
  readonly type: 'TOKEN';
  readonly authorizationToken: string;
  readonly methodArn: string;
}

interface CachedResult {
  readonly result: AuthorizerResult;
  /** In milliseconds, by the clock of the authorizers. */
  readonly expiresAt: number;
}

/**
 * Invokes TOKEN authorizers and caches their results by token. Evaluates the policy for each method, also that of a cached
 * result. Failures are not cached.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export class Authorizers {
  readonly #now: () => number;
  readonly #cache = new Map<string, CachedResult>();

  /** @param now the clock, in milliseconds */
  constructor({ now = Date.now }: { now?: () => number } = {}) {
    this.#now = now;
  }

  /** @param token the value of the header; undefined if it is missing */
  async authorize(
    { functionName, header, validation, ttlSeconds }: AuthorizerDefinition,
    { token, methodArn }: { token: string | undefined; methodArn: string },
    invoke: (event: TokenEvent) => Promise<unknown>,
  ): Promise<Verdict> {
    if (!token || !validation.test(token)) return { allowed: false, type: 'UNAUTHORIZED' };
    const key = JSON.stringify([functionName, header, token]);
    const cached = this.#cache.get(key);
    if (cached !== undefined && this.#now() < cached.expiresAt) return judge(cached.result, methodArn);
    let output: unknown;
    try {
      output = await invoke({ type: 'TOKEN', authorizationToken: token, methodArn });
    } catch (error) {
      return { allowed: false, type: isUnauthorized(error) ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE' };
    }
    const result = parseAuthorizerResult(output);
    if (result === undefined) return { allowed: false, type: 'AUTHORIZER_CONFIGURATION_ERROR' };
    if (ttlSeconds > 0) this.#cache.set(key, { result, expiresAt: this.#now() + ttlSeconds * 1000 });
    return judge(result, methodArn);
  }
}

/** An authorizer rejects a token with this exact message. Any other error is a failure of the authorizer. */
const isUnauthorized = (error: unknown): boolean =>
  (error instanceof Error ? error.message : error) === 'Unauthorized';

function judge(result: AuthorizerResult, methodArn: string): Verdict {
  const context = { ...result.context, principalId: result.principalId };
  if (isAllowed(result, methodArn)) return { allowed: true, context };
  return { allowed: false, type: 'ACCESS_DENIED', context };
}
