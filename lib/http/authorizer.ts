import type { APIGatewayAuthorizerResult, Context } from 'aws-lambda';
import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import { AuthorizationError, InternalError, TokenError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { codeOf, refusalDetail } from './answers.ts';
import { type AuthorizerContext, stagePolicy } from './iam-policy.ts';
import { logInvocation } from './invocation-log.ts';
import type { InvocationRecord } from './request.ts';

export interface AuthorizerDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Whom a request is made by, as protected handlers are told. */
export interface Admission {
  readonly principalId: string;
  readonly context: AuthorizerContext;
}

const eventSchema = v.object({
  type: v.literal('TOKEN'),
  authorizationToken: v.optional(v.string()),
  methodArn: v.string(),
});

/**
 * Makes a TOKEN authorizer of a function from the `Authorization` header to whom it admits. A refusal is a policy that
 * denies, with the sentence of the table in its context; a check that could not be made is thrown on, so that the
 * answer is a 5xx and never a 401.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
 */
export function createAuthorizer(
  { logger, clock = Date.now }: AuthorizerDependencies,
  admit: (authorization: string | undefined, record: InvocationRecord) => Promise<Admission>,
): (event: unknown, context: Context) => Promise<APIGatewayAuthorizerResult> {
  return async (event, context) => {
    const start = clock();
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
      const { authorizationToken, methodArn } = parseEvent(event);
      const answer = await answerOf(methodArn, () => admit(authorizationToken, record), record);
      log(record.outcome === 'ok' ? 200 : 401);
      return answer;
    } catch (error) {
      record.error = error;
      record.outcome = codeOf(error);
      log(record.outcome === 'unavailable' ? 503 : 500);
      throw error;
    }
  };
}

function parseEvent(event: unknown): v.InferOutput<typeof eventSchema> {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) throw new InternalError('the event is no request of a TOKEN authorizer');
  return parsed.output;
}

async function answerOf(
  methodArn: string,
  admit: () => Promise<Admission>,
  record: InvocationRecord,
): Promise<APIGatewayAuthorizerResult> {
  try {
    return stagePolicy('Allow', { methodArn, ...(await admit()) });
  } catch (error) {
    if (!(error instanceof TokenError || error instanceof AuthorizationError)) throw error;
    record.outcome = error.code;
    const context = { detail: refusalDetail(error.code) };
    return stagePolicy('Deny', { methodArn, principalId: 'anonymous', context });
  }
}
