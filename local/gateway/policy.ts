import * as v from 'valibot';

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

/** A statement with `Action` and `Resource`. Other members, such as `Condition`, are rejected instead of being ignored. */
const statementSchema = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
});

const policySchema = v.object({
  Version: v.optional(v.string()),
  Statement: v.pipe(
    v.union([statementSchema, v.array(statementSchema)]),
    v.transform((value) => (Array.isArray(value) ? value : [value])),
  ),
});

const scalar = v.union([v.string(), v.number(), v.boolean()]);

const resultSchema = v.object({
  principalId: v.pipe(v.string(), v.nonEmpty()),
  policyDocument: policySchema,
  // API Gateway converts all values to text.
  context: v.nullish(v.record(v.string(), v.pipe(scalar, v.transform(String))), {}),
  usageIdentifierKey: v.nullish(v.string()),
});

/** The output of a Lambda authorizer: the principal, the policy, and the context for the handlers. */
export type AuthorizerResult = v.InferOutput<typeof resultSchema>;

/**
 * Parses the output of a Lambda authorizer. Returns undefined if it is malformed.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function parseAuthorizerResult(output: unknown): AuthorizerResult | undefined {
  const result = v.safeParse(resultSchema, output);
  return result.success ? result.output : undefined;
}

/**
 * Evaluates a policy for one method. An explicit Deny overrides any Allow, and the default is to deny.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-authorization-flow.html
 */
export function evaluate(
  { policyDocument }: AuthorizerResult,
  methodArn: string,
): 'allow' | 'deny' | 'implicit_deny' {
  const matching = policyDocument.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((action) => matches(action.toLowerCase(), INVOKE)) &&
      Resource.some((resource) => matchesArn(resource, methodArn)),
  );
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'deny';
  return matching.length > 0 ? 'allow' : 'implicit_deny';
}

const INVOKE = 'execute-api:invoke';
const ARN_PARTS = 6;

/** A wildcard matches slashes, but not the colons between the parts of an ARN. */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [patterns, parts] = [partsOf(pattern), partsOf(arn)];
  return patterns.length === ARN_PARTS && patterns.every((part, index) => matches(part, parts[index] ?? ''));
}

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** `*` matches any characters, `?` matches one. */
function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
