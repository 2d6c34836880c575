import type { GatewayResponseType } from './gateway-responses.ts';
import { type AuthorizerResult, evaluate, parseAuthorizerResult } from './policy.ts';

/** The TOKEN authorizer that a route declares. */
export interface AuthorizerDefinition {
  /** The function of the authorizer. */
  readonly functionName: string;
  /** The lower-case name of the header with the token. */
  readonly header: string;
  readonly validation: RegExp | undefined;
  /** How long the result for a token is cached, in seconds; 0 disables the cache. */
  readonly ttlSeconds: number;
}

/** Whether a request is passed to the handler or receives a gateway response. */
export type Verdict =
  | { readonly allowed: true; readonly result: AuthorizerResult }
  | {
      readonly allowed: false;
      readonly type: GatewayResponseType;
      readonly context: Readonly<Record<string, string>>;
    };

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
 * Invokes TOKEN authorizers and caches their results by token. The policy is evaluated for each method, whether it allows
 * or denies. Failures are not cached.
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

  async authorize(
    definition: AuthorizerDefinition,
    { token, methodArn }: { token: string | undefined; methodArn: string },
    invoke: (event: TokenEvent) => Promise<unknown>,
  ): Promise<Verdict> {
    if (!isAcceptable(definition, token)) return reject('UNAUTHORIZED');
    const key = JSON.stringify([definition.functionName, definition.header, token]);
    const cached = this.#find(key);
    if (cached !== undefined) return judge(cached, methodArn);
    let output: unknown;
    try {
      output = await invoke({ type: 'TOKEN', authorizationToken: token, methodArn });
    } catch (error) {
      return reject(isUnauthorized(error) ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE');
    }
    const result = parseAuthorizerResult(output);
    if (result === undefined) return reject('AUTHORIZER_CONFIGURATION_ERROR');
    if (definition.ttlSeconds > 0)
      this.#cache.set(key, { result, expiresAt: this.#now() + definition.ttlSeconds * 1000 });
    return judge(result, methodArn);
  }

  #find(key: string): AuthorizerResult | undefined {
    const cached = this.#cache.get(key);
    if (cached === undefined || this.#now() < cached.expiresAt) return cached?.result;
    this.#cache.delete(key);
    return undefined;
  }
}

/** Returns whether the authorizer is invoked. It is not if the header is missing, empty or does not match the expression. */
export const isAcceptable = (
  { validation }: AuthorizerDefinition,
  token: string | undefined,
): token is string => token !== undefined && token !== '' && (validation?.test(token) ?? true);

/** An authorizer rejects a token with this exact message. Any other error is a failure of the authorizer. */
const isUnauthorized = (error: unknown): boolean =>
  (error instanceof Error ? error.message : error) === 'Unauthorized';

function judge(result: AuthorizerResult, methodArn: string): Verdict {
  if (evaluate(result, methodArn) === 'allow') return { allowed: true, result };
  return reject('ACCESS_DENIED', { ...result.context, principalId: result.principalId });
}

const reject = (type: GatewayResponseType, context: Readonly<Record<string, string>> = {}): Verdict => ({
  allowed: false,
  type,
  context,
});
