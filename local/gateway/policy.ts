import * as v from 'valibot';

const oneOrMore = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

/** Statements by `Action` and `Resource`; one with anything else, a `Condition` say, is refused, not passed over. */
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
  // Values arrive as text, whatever they were.
  context: v.nullish(v.record(v.string(), v.pipe(scalar, v.transform(String))), {}),
  usageIdentifierKey: v.nullish(v.string()),
});

/** What a Lambda authorizer decided: for whom, about what, and what it tells the handlers. */
export type AuthorizerResult = v.InferOutput<typeof resultSchema>;

/**
 * Reads the output of a Lambda authorizer; nothing where it is malformed.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
 */
export function parseAuthorizerResult(output: unknown): AuthorizerResult | undefined {
  const result = v.safeParse(resultSchema, output);
  return result.success ? result.output : undefined;
}

/**
 * Evaluates a policy for one call: an explicit Deny beats any Allow, and nothing said means no.
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

/** Wildcards reach over slashes, but not over the colons between the parts of an ARN. */
function matchesArn(pattern: string, arn: string): boolean {
  if (pattern === '*') return true;
  const [patterns, parts] = [partsOf(pattern), partsOf(arn)];
  return patterns.length === ARN_PARTS && patterns.every((part, index) => matches(part, parts[index] ?? ''));
}

function partsOf(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}

/** `*` stands for any characters, `?` for one. */
function matches(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
