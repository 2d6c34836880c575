import type { APIGatewayAuthorizerResult, Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import { AuthorizationError, InternalError, TokenError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { logInvocation } from './invocation-log.ts';
import type { InvocationRecord } from './request.ts';
import { codeOf, refusalDetail } from './responses.ts';

export interface AuthorizerDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Values that API Gateway passes on as `$context.authorizer.*`. */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

/** The principal of a request, as API Gateway passes it to protected handlers. */
export interface AuthorizedPrincipal {
  readonly principalId: string;
  readonly context: AuthorizerContext;
}

const eventSchema = v.object({
  type: v.literal('TOKEN'),
  authorizationToken: v.optional(v.string()),
  methodArn: v.string(),
});

const METHOD_ARN = /^(arn:[^:/]+:execute-api:[^:/]*:[^:/]*:[^:/]+\/[^/]+)\//;

/** The name of a caller without a valid token. */
const ANONYMOUS = 'anonymous';

const policyOf = (effect: 'Allow' | 'Deny', resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
});

/** Allows no request of any API. */
const DENY_ALL: APIGatewayAuthorizerResult = {
  principalId: ANONYMOUS,
  policyDocument: policyOf('Deny', '*'),
};

/**
 * Creates a TOKEN authorizer from a function that authenticates the `Authorization` header. A rejected header results
 * in a Deny policy with the error message in its context. Any other error is rethrown, so that the response is a 5xx
 * and never a 401. An event that is not the request of a TOKEN authorizer, such as that of a warm-up, is denied everything.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function createAuthorizer(
  { logger, clock = Date.now }: AuthorizerDependencies,
  authenticate: (authorization: string | undefined, record: InvocationRecord) => Promise<AuthorizedPrincipal>,
): (event: unknown, context: Context) => Promise<APIGatewayAuthorizerResult> {
  return async (event, context) => {
    const start = clock();
    const parsed = v.safeParse(eventSchema, event);
    if (!parsed.success) {
      logger.info({ request_id: context.awsRequestId, route: 'authorizer', outcome: 'not_a_request' });
      return DENY_ALL;
    }
    const { authorizationToken, methodArn } = parsed.output;
    const record: InvocationRecord = { outcome: 'ok' };
    const log = (status: number) =>
      logInvocation(logger, {
        requestId: context.awsRequestId,
        route: 'authorizer',
        status,
        durationMs: clock() - start,
        record,
      });
    try {
      const response = await policyFor(methodArn, () => authenticate(authorizationToken, record), record);
      log(record.outcome === 'ok' ? 200 : 401);
      return response;
    } catch (error) {
      record.error = error;
      record.outcome = codeOf(error);
      log(record.outcome === 'unavailable' ? 503 : 500);
      throw error;
    }
  };
}

async function policyFor(
  methodArn: string,
  authenticate: () => Promise<AuthorizedPrincipal>,
  record: InvocationRecord,
): Promise<APIGatewayAuthorizerResult> {
  try {
    return stagePolicy('Allow', { methodArn, ...(await authenticate()) });
  } catch (error) {
    if (!(error instanceof TokenError || error instanceof AuthorizationError)) throw error;
    record.outcome = error.code;
    const context = { detail: refusalDetail(error.code) };
    return stagePolicy('Deny', { methodArn, principalId: ANONYMOUS, context });
  }
}

/**
 * Creates the response of a TOKEN authorizer. The policy covers all routes of the stage, because API Gateway caches it
 * per token.
 *
 * @throws {InternalError} if the ARN is not that of a method
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
function stagePolicy(
  effect: 'Allow' | 'Deny',
  { methodArn, principalId, context }: { methodArn: string; principalId: string; context: AuthorizerContext },
): APIGatewayAuthorizerResult {
  const stage = METHOD_ARN.exec(methodArn)?.[1];
  if (stage === undefined) throw new InternalError('the authorizer was called without the ARN of a method');
  return {
    principalId,
    policyDocument: policyOf(effect, `${stage}/*`),
    context: { ...context },
  };
}
