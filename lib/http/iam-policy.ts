import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { InternalError } from '../errors.ts';

const METHOD_ARN = /^(arn:[^:/]+:execute-api:[^:/]*:[^:/]*:[^:/]+\/[^/]+)\//;

/** Values that API Gateway hands on as `$context.authorizer.*`. */
export type AuthorizerContext = Readonly<Record<string, string | number | boolean>>;

/**
 * Writes the answer of a TOKEN authorizer. It is for every route of the stage, since API Gateway may keep it per token.
 *
 * @throws {InternalError} for an ARN that is no method's
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
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: effect, Resource: `${stage}/*` }],
    },
    context: { ...context },
  };
}
