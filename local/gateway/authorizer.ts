import type { GatewayResponseType } from './gateway-responses.ts';
import { type AuthorizerResult, evaluate, parseAuthorizerResult } from './policy.ts';

/** A TOKEN authorizer as a route declares it. */
export interface AuthorizerDefinition {
  /** The function that is called. */
  readonly functionName: string;
  /** The header that holds the token, in lower case. */
  readonly header: string;
  readonly validation: RegExp | undefined;
  /** How long a result is kept for a token, in seconds; 0 for not at all. */
  readonly ttlSeconds: number;
}

/** What is to become of a request: on to the handler with a context, or an answer of the gateway's own. */
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

interface Kept {
  readonly result: AuthorizerResult;
  readonly until: number;
}

/**
 * Asks TOKEN authorizers, and keeps what they say by token: the policy, allowing or denying, is evaluated anew for
 * each method. A failure is never kept.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export class Authorizers {
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  /** @param now the clock, in milliseconds */
  constructor({ now = Date.now }: { now?: () => number } = {}) {
    this.#now = now;
  }

  async authorize(
    definition: AuthorizerDefinition,
    { token, methodArn }: { token: string | undefined; methodArn: string },
    invoke: (event: TokenEvent) => Promise<unknown>,
  ): Promise<Verdict> {
    if (!isPresentable(definition, token)) return refuse('UNAUTHORIZED');
    const key = JSON.stringify([definition.functionName, definition.header, token]);
    const kept = this.#find(key);
    if (kept !== undefined) return judge(kept, methodArn);
    let output: unknown;
    try {
      output = await invoke({ type: 'TOKEN', authorizationToken: token, methodArn });
    } catch (error) {
      return refuse(isUnauthorized(error) ? 'UNAUTHORIZED' : 'AUTHORIZER_FAILURE');
    }
    const result = parseAuthorizerResult(output);
    if (result === undefined) return refuse('AUTHORIZER_CONFIGURATION_ERROR');
    if (definition.ttlSeconds > 0)
      this.#kept.set(key, { result, until: this.#now() + definition.ttlSeconds * 1000 });
    return judge(result, methodArn);
  }

  #find(key: string): AuthorizerResult | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || this.#now() < kept.until) return kept?.result;
    this.#kept.delete(key);
    return undefined;
  }
}

/** Tells whether the authorizer is asked at all: it is not for a header that is missing, empty or of another form. */
export const isPresentable = (
  { validation }: AuthorizerDefinition,
  token: string | undefined,
): token is string => token !== undefined && token !== '' && (validation?.test(token) ?? true);

/** Only this very message is the client's fault; any other error says that nothing could be decided. */
const isUnauthorized = (error: unknown): boolean =>
  (error instanceof Error ? error.message : error) === 'Unauthorized';

function judge(result: AuthorizerResult, methodArn: string): Verdict {
  if (evaluate(result, methodArn) === 'allow') return { allowed: true, result };
  return refuse('ACCESS_DENIED', { ...result.context, principalId: result.principalId });
}

const refuse = (type: GatewayResponseType, context: Readonly<Record<string, string>> = {}): Verdict => ({
  allowed: false,
  type,
  context,
});
