import type * as v from 'valibot';
import { MEDIA_TYPES } from '../../lib/http/body-parser.ts';
import type { Method, Operation, Route } from '../../lib/http/route.ts';
import {
  DETAILS,
  type Details,
  INFO,
  REQUEST_HEADERS,
  RESPONSE_HEADERS,
  SECURITY_SCHEMES,
  TAGS,
} from './details.ts';
import {
  capitalized,
  ERROR_SCHEMAS,
  type ErrorResponse,
  errorResponses,
  type PlacedOperation,
  statusOf,
} from './error-responses.ts';
import type { Example, Examples } from './examples.ts';
import { readPlaces } from './gateway.ts';
import { type Json, jsonSchema } from './json-schema.ts';
import { ROUTES } from './routes.ts';

const JSON_TYPE = 'application/json';
const METHODS: readonly Method[] = ['GET', 'POST', 'DELETE'];
const WITH_TOKEN = [{ jwt: [] }, { bearer: [] }];

/** An operation with its text and its examples. */
interface DescribedOperation extends PlacedOperation {
  readonly text: Details;
  readonly examples: readonly Example[];
}

/** Creates the description of the API from the routes, `serverless.yml` and recorded examples. */
export function createDocument(examples: Examples): Json {
  const operations = describedOperations(examples);
  const shared = sharedResponses(operations);
  const paths: Record<string, Record<string, Json>> = {};
  for (const described of operations) {
    const path = `/${described.place.path}`;
    paths[path] = { ...paths[path], [described.method.toLowerCase()]: operationOf(described, shared) };
  }
  return {
    openapi: '3.1.1',
    info: INFO,
    // Relative to the URL of this document, so that it is right on every host and stage.
    servers: [{ url: '..', description: 'The service that serves this description.' }],
    security: WITH_TOKEN,
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: Object.fromEntries(
        Object.entries(RESPONSE_HEADERS).map(([name, description]) => [
          name,
          { description, required: name !== 'Link', schema: { type: 'string' } },
        ]),
      ),
      schemas: {
        ...ERROR_SCHEMAS,
        ...Object.fromEntries(operations.flatMap((described) => schemasOf(described))),
      },
      responses: Object.fromEntries(shared),
    },
  };
}

function describedOperations(examples: Examples): DescribedOperation[] {
  const placeOf = readPlaces();
  const routes: Readonly<Record<string, Route>> = ROUTES;
  const texts: Readonly<Record<string, Readonly<Partial<Record<Method, Details>>>>> = DETAILS;
  return Object.entries(routes).flatMap(([name, route]) =>
    METHODS.flatMap((method) => {
      const operation = route.operations[method];
      const text = texts[name]?.[method];
      if (operation === undefined || text === undefined) return [];
      const recorded = examples.get(`${name} ${method}`) ?? [];
      return [{ route, method, operation, place: placeOf(name), text, examples: recorded }];
    }),
  );
}

function operationOf(described: DescribedOperation, shared: ReadonlyMap<string, Json>): Json {
  const { operation, place, text } = described;
  const parameters = parametersOf(described);
  return {
    operationId: text.id,
    tags: [text.tag],
    summary: text.summary,
    ...(text.description !== undefined && { description: text.description }),
    ...(!place.isProtected && {
      security: operation.headers?.includes('Authorization') ? [{}, ...WITH_TOKEN] : [],
    }),
    ...(parameters.length > 0 && { parameters }),
    ...(operation.body && { requestBody: requestBodyOf(described, operation.body) }),
    responses: {
      ...successOf(described),
      ...Object.fromEntries(
        errorResponses(described).map((response) => [
          String(response.status),
          referenceTo(response, described, shared),
        ]),
      ),
    },
  };
}

function parametersOf({ operation, place, text }: DescribedOperation): Json[] {
  const names = [...place.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const inPath = names.map((name) => ({
    name,
    in: 'path',
    required: true,
    description: text.path?.[name] ?? '',
    schema: { type: 'string', minLength: 1 },
  }));
  const query = operation.query && jsonSchema(operation.query, 'output');
  const inQuery = Object.entries(recordOf(query?.properties)).map(([name, schema]) => ({
    name,
    in: 'query',
    description: text.query?.[name] ?? '',
    schema,
  }));
  const inHeader = (operation.headers ?? []).flatMap((name) =>
    name === 'Authorization'
      ? []
      : [{ name, in: 'header', description: REQUEST_HEADERS[name], schema: { type: 'string' } }],
  );
  return [...inPath, ...inQuery, ...inHeader];
}

function requestBodyOf({ text, examples }: DescribedOperation, body: NonNullable<Operation['body']>): Json {
  const sent = examples.flatMap(({ name, status, sent }) =>
    (status === 200 || status === 204) && sent ? [[name, { value: sent }] as const] : [],
  );
  const content = {
    schema: { $ref: `#/components/schemas/${requestSchemaOf(text)}` },
    ...(sent.length > 0 && { examples: Object.fromEntries(sent) }),
  };
  const isRequired = Object.values(body.entries).some(({ type }) => type !== 'optional');
  return { required: isRequired, content: Object.fromEntries(MEDIA_TYPES.map((type) => [type, content])) };
}

const requestSchemaOf = ({ id }: Details): string => `${capitalized(id)}Request`;
/** Responses with the same title are the same schema. */
const bodySchemaOf = (returns: v.GenericSchema, { id }: Details): string =>
  String(jsonSchema(returns, 'output').title ?? `${capitalized(id)}Response`);

/** Returns the schemas of the request and of the response by name. */
function schemasOf({ operation: { body, returns }, text }: DescribedOperation): [string, Json][] {
  return [
    ...(body
      ? [[requestSchemaOf(text), describeFields(jsonSchema(body, 'input'), text)] as [string, Json]]
      : []),
    ...(returns ? [[bodySchemaOf(returns, text), jsonSchema(returns, 'output')] as [string, Json]] : []),
  ];
}

const describeFields = (schema: Json, { fields = {} }: Details): Json => ({
  ...schema,
  properties: Object.fromEntries(
    Object.entries(recordOf(schema.properties)).map(([name, property]) => [
      name,
      { ...recordOf(property), description: fields[name] ?? '' },
    ]),
  ),
});

function successOf({ operation, text, examples }: DescribedOperation): Json {
  const isConditional = operation.headers?.includes('If-None-Match') ?? false;
  if (operation.returns === undefined)
    return { 204: { description: text.success, headers: headersOf(204, isConditional, false) } };
  const content = {
    schema: { $ref: `#/components/schemas/${bodySchemaOf(operation.returns, text)}` },
    ...examplesOf(examples, 200),
  };
  const isList = operation.query !== undefined && 'cursor' in operation.query.entries;
  return {
    200: {
      description: text.success,
      headers: headersOf(200, isConditional, isList),
      content: { [operation.type ?? JSON_TYPE]: content },
    },
    ...(isConditional && {
      304: { description: statusOf(304).text, headers: headersOf(304, isConditional, isList) },
    }),
  };
}

function headersOf(status: number, isConditional: boolean, isList: boolean): Json {
  const names: (keyof typeof RESPONSE_HEADERS)[] = [
    'x-amzn-requestid',
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...([429, 503].includes(status) ? (['Retry-After'] as const) : []),
    ...(isConditional ? (['ETag', 'Cache-Control'] as const) : []),
    ...(isList ? (['Link'] as const) : []),
  ];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const responseOf = ({ status, bodies, description }: ErrorResponse, examples: Json = {}): Json => ({
  description,
  headers: headersOf(status, false, false),
  content: { [JSON_TYPE]: { schema: bodies.length === 1 ? bodies[0] : { anyOf: bodies }, ...examples } },
});

/** Returns the error responses that several operations have, by name. The first response with a name determines it. */
function sharedResponses(operations: readonly DescribedOperation[]): Map<string, Json> {
  const shared = new Map<string, Json>();
  const uses = new Map<string, number>();
  for (const described of operations) {
    for (const response of errorResponses(described)) {
      if (hasExample(response, described)) continue;
      const found = shared.get(response.name) ?? responseOf(response);
      shared.set(response.name, found);
      if (isSame(found, responseOf(response))) uses.set(response.name, (uses.get(response.name) ?? 0) + 1);
    }
  }
  return new Map([...shared].filter(([name]) => (uses.get(name) ?? 0) > 1));
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
const hasExample = ({ status }: ErrorResponse, { examples }: DescribedOperation): boolean =>
  examples.some((example) => example.status === status);

function referenceTo(
  response: ErrorResponse,
  described: DescribedOperation,
  shared: ReadonlyMap<string, Json>,
): Json {
  if (!hasExample(response, described) && isSame(shared.get(response.name), responseOf(response)))
    return { $ref: `#/components/responses/${response.name}` };
  return responseOf(response, examplesOf(described.examples, response.status));
}

function examplesOf(examples: readonly Example[], status: number): Json {
  const received = examples.filter((example) => example.status === status);
  if (received.length === 0) return {};
  return { examples: Object.fromEntries(received.map(({ name, received: value }) => [name, { value }])) };
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
