import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { InternalError } from '../errors.ts';

const METHOD_ARN = /^(arn:[^:/]+:execute-api:[^:/]*:[^:/]*:[^:/]+\/[^/]+)\//;

/** Values that API Gateway passes on as `$context.authorizer.*`. */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

/** The name of a caller without a valid token. */
export const ANONYMOUS = 'anonymous';

const policyOf = (effect: 'Allow' | 'Deny', resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: resource }],
});

/** Allows no request of any API. */
export const DENY_ALL: APIGatewayAuthorizerResult = {
  principalId: ANONYMOUS,
  policyDocument: policyOf('Deny', '*'),
};

/**
 * Creates the response of a TOKEN authorizer. The policy covers all routes of the stage, because API Gateway caches it
 * per token.
 *
 * @throws {InternalError} if the ARN is not that of a method
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function stagePolicy(
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
