import * as v from 'valibot';
import type { SentRequest } from '../../tools/harness/calls.ts';

/** A request that IAM evaluates: an action, a resource ARN and the values of condition keys. */
export interface AccessRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

const names = v.optional(v.record(v.string(), v.unknown()), {});
const expression = v.optional(v.string(), '');
const inputSchema = v.object({
  Key: names,
  ExclusiveStartKey: names,
  IndexName: v.optional(v.string()),
  ProjectionExpression: v.optional(v.string()),
  KeyConditionExpression: expression,
  FilterExpression: expression,
  UpdateExpression: expression,
  ConditionExpression: expression,
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string()), {}),
  Select: v.optional(v.string()),
  ReturnValues: v.optional(v.string()),
});
type Input = v.InferOutput<typeof inputSchema>;
const keySchema = v.object({ pk: v.object({ S: v.string() }) });
const publishedSchema = v.object({
  KeyConditionExpression: v.literal('listing = :published'),
  ExpressionAttributeValues: v.object({ ':published': v.object({ S: v.string() }) }),
});

const KEYWORDS = new Set(['SET', 'REMOVE', 'ADD', 'DELETE', 'AND', 'OR', 'NOT', 'BETWEEN', 'IN']);

/**
 * Matches the first names of the paths in an expression. A name before a parenthesis is a function; a name after a
 * colon is a value.
 */
function topLevelNames(text: string, aliases: Readonly<Record<string, string>>): string[] {
  const paths = text.matchAll(/(?<![\w.:#])(#?[A-Za-z_]\w*)(?:\.#?\w+|\[\d+\])*(?!\w)(?!\s*\()/g);
  return [...paths].flatMap(([, first = '']) => {
    if (first.startsWith('#')) return [aliases[first] ?? first];
    return KEYWORDS.has(first.toUpperCase()) ? [] : [first];
  });
}

function attributesOf(input: Input): string[] {
  const expressions = [
    input.ProjectionExpression ?? '',
    input.KeyConditionExpression,
    input.FilterExpression,
    input.UpdateExpression,
    input.ConditionExpression,
  ];
  const named = expressions.flatMap((text) => topLevelNames(text, input.ExpressionAttributeNames));
  return [...new Set([...Object.keys(input.Key), ...Object.keys(input.ExclusiveStartKey), ...named])].sort();
}

const keptBy = (input: Input) =>
  input.IndexName === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
const selectOf = (input: Input) =>
  input.Select ?? (input.ProjectionExpression === undefined ? keptBy(input) : 'SPECIFIC_ATTRIBUTES');

/**
 * Converts a request to a table into the access request that IAM evaluates. The condition keys are those that AWS
 * documents: the partition key, the top-level attributes in the request, `Select` of a read and `ReturnValues` of a
 * write, with their defaults.
 *
 * @param tableArn the ARN of the table
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_dynamodb.html
 */
export function accessRequestOf({ operation, input: sent }: SentRequest, tableArn: string): AccessRequest {
  const input = v.parse(inputSchema, sent);
  const action = `dynamodb:${operation}`;
  const resource = input.IndexName === undefined ? tableArn : `${tableArn}/index/${input.IndexName}`;
  const attributes = { 'dynamodb:Attributes': attributesOf(input) };
  switch (operation) {
    case 'GetItem':
    case 'UpdateItem': {
      const leading = { 'dynamodb:LeadingKeys': [v.parse(keySchema, input.Key).pk.S] };
      const result =
        operation === 'GetItem'
          ? { 'dynamodb:Select': selectOf(input) }
          : { 'dynamodb:ReturnValues': input.ReturnValues ?? 'NONE' };
      return { action, resource, context: { ...attributes, ...leading, ...result } };
    }
    case 'Query': {
      const value = v.parse(publishedSchema, sent).ExpressionAttributeValues[':published'].S;
      const leading = { 'dynamodb:LeadingKeys': [value] };
      return { action, resource, context: { ...attributes, ...leading, 'dynamodb:Select': selectOf(input) } };
    }
    default:
      throw new Error(`no function is expected to call ${operation}`);
  }
}
