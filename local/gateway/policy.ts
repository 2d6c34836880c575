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

const scalar = v.union([v.string(), v.number(), v.boolean()]);

const resultSchema = v.object({
  principalId: v.pipe(v.string(), v.nonEmpty()),
  policyDocument: v.object({ Statement: v.array(statementSchema) }),
  // API Gateway converts all values to text.
  context: v.nullish(v.record(v.string(), v.pipe(scalar, v.transform(String))), {}),
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
 * Returns whether a policy allows a method. An explicit Deny overrides any Allow, and the default is to deny.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-authorization-flow.html
 */
export function isAllowed({ policyDocument }: AuthorizerResult, methodArn: string): boolean {
  const effects = policyDocument.Statement.filter(
    ({ Action, Resource }) =>
      Action.some((action) => matches(action.toLowerCase(), 'execute-api:invoke')) &&
      Resource.some((resource) => matchesArn(resource, methodArn)),
  ).map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

/** The five parts of an ARN before the resource, and the resource, which may have colons. */
const ARN = /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s;

/** A wildcard matches slashes, but not the colons between the parts of an ARN. */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [, ...patterns] = ARN.exec(pattern) ?? [];
  const [, ...parts] = ARN.exec(arn) ?? [];
  return patterns.length > 0 && patterns.every((part, index) => matches(part, parts[index] ?? ''));
}

/** `*` matches any characters, `?` matches one. */
function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
