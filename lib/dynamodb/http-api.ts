import { text } from 'node:stream/consumers';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { decorateServiceException, ServiceException } from '@smithy/core/client';
import { loadJsonRpcErrorCode } from '@smithy/core/protocols';
import type { HttpRequest, HttpResponse } from '@smithy/core/transport';
import * as v from 'valibot';
import { awsJsonRequest } from '../aws-request.ts';
import type { Item } from './item-client.ts';

// The JSON format of DynamoDB's API (Amazon DynamoDB developer guide, "DynamoDB low-level API").

export type Operation = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query';
type Attributes = Parameters<typeof unmarshall>[0];
/** The status and the id of a response, and the number of attempts. */
type Metadata = ServiceException['$metadata'];

/** The output of an operation. */
export interface Output {
  readonly Item?: Item | undefined;
  readonly Attributes?: Item | undefined;
  readonly Items?: Item[] | undefined;
  readonly LastEvaluatedKey?: Item | undefined;
  $metadata: Metadata;
}

/** The members of an input that contain attribute values. */
const MARSHALLED = new Set(['Key', 'Item', 'ExpressionAttributeValues', 'ExclusiveStartKey']);
const MARSHALL_OPTIONS = { removeUndefinedValues: true };

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const attributesSchema = v.custom<Attributes>(isObject);
const outputSchema = v.pipe(
  v.custom<object>(isObject),
  v.object({
    Item: v.nullish(attributesSchema),
    Attributes: v.nullish(attributesSchema),
    Items: v.nullish(v.array(attributesSchema)),
    LastEvaluatedKey: v.nullish(attributesSchema),
  }),
);
/** A type is read even if the message is null. */
const errorSchema = v.looseObject({ __type: v.optional(v.string()), message: v.nullish(v.string()) });

/** Returns the request of an operation, without a signature. */
export const requestFor = (url: URL, operation: Operation, input: object): HttpRequest =>
  awsJsonRequest(url, { version: '1.0', target: `DynamoDB_20120810.${operation}` }, marshallInput(input));

const marshallInput = (input: object): object =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      MARSHALLED.has(name) && value !== undefined ? marshall(value, MARSHALL_OPTIONS) : value,
    ]),
  );

/**
 * Reads the output of an operation. A response without a JSON object is an error: it does not say that an item does not exist.
 *
 * @param clockSkewCorrected whether a retry is signed with another time
 * @throws {ServiceException} with the name, the message and the members of the error in the response
 */
export async function readResponse(response: HttpResponse, clockSkewCorrected: boolean): Promise<Output> {
  const { statusCode, headers } = response;
  const requestId = headers['x-amzn-requestid'];
  const $metadata = { httpStatusCode: statusCode, ...(requestId !== undefined && { requestId }) };
  const body = await text(response.body);
  if (statusCode >= 300) {
    throw exceptionOf(response, body, { ...$metadata, ...(clockSkewCorrected && { clockSkewCorrected }) });
  }
  const { Item, Attributes, Items, LastEvaluatedKey } = v.parse(outputSchema, JSON.parse(body));
  return {
    ...(Item && { Item: unmarshall(Item) }),
    ...(Attributes && { Attributes: unmarshall(Attributes) }),
    ...(Items && { Items: Items.map((item) => unmarshall(item)) }),
    ...(LastEvaluatedKey && { LastEvaluatedKey: unmarshall(LastEvaluatedKey) }),
    $metadata,
  };
}

/** A proxy can respond with a body that is not JSON. */
function exceptionOf(response: HttpResponse, body: string, $metadata: Metadata): ServiceException {
  const members = v.safeParse(v.pipe(v.string(), v.parseJson(), errorSchema), body);
  const known = members.success ? members.output : {};
  const exception = new ServiceException({
    name: loadJsonRpcErrorCode(response, known) ?? 'Unknown',
    $fault: response.statusCode < 500 ? 'client' : 'server',
    $metadata,
  });
  exception.$response = response;
  return decorateServiceException(exception, known);
}
