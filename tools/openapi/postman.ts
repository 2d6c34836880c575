import { STATUS_CODES } from 'node:http';
import type { Json } from './json-schema.ts';
import { type Endpoint, parseDocument } from './parsed-document.ts';
import {
  COLLECTION_ID,
  ENVIRONMENT,
  ENVIRONMENT_ID,
  INTRODUCTION,
  LAST,
  LOGOUT,
  NAME,
  OPTIONAL_VALUES,
  SCRIPTS,
  type Scripts,
  STEPS,
  STEPS_FOLDER,
  VALUES,
  VARIABLES,
} from './postman-steps.ts';

const NO_AUTH = { auth: { type: 'noauth' } };

/** A field or a parameter. */
interface Named {
  readonly name: string;
  readonly description: string;
}

/**
 * Creates the Postman collection: a folder "First steps", then one folder for each tag, then the logout.
 *
 * @param document the description of the API
 * @throws {ValiError} for a description of another form
 * @see https://schema.getpostman.com/json/collection/v2.1.0/docs/index.html
 */
export function createCollection(document: Json): Json {
  const { description, tags, endpoints } = parseDocument(document);
  const folders = tags.map((tag) => ({
    ...tag,
    item: endpoints
      .filter(({ tags: [name], operationId }) => name === tag.name && operationId !== LOGOUT.operation)
      .sort((one, other) => LAST.indexOf(one.operationId) - LAST.indexOf(other.operationId))
      .map(itemOf),
  }));
  return {
    info: {
      _postman_id: COLLECTION_ID,
      name: NAME,
      description: `${INTRODUCTION}\n\n${description}`,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    auth: {
      type: 'apikey',
      apikey: Object.entries({ key: 'Authorization', value: 'JWT {{token}}', in: 'header' }).map(
        ([key, value]) => ({ key, value, type: 'string' }),
      ),
    },
    variable: VARIABLES,
    item: [
      { ...STEPS_FOLDER, item: STEPS.map((step) => stepOf(step, endpoints)) },
      ...folders,
      { ...LOGOUT.folder, item: [itemOf(endpointOf(LOGOUT.operation, endpoints))] },
    ],
  };
}

/** Creates the Postman environment. It has no secret. */
export const createEnvironment = (): Json => ({
  id: ENVIRONMENT_ID,
  name: NAME,
  values: ENVIRONMENT.map((variable) => ({ ...variable, enabled: true })),
  _postman_variable_scope: 'environment',
});

/** @throws {Error} if the description lacks the operation */
function endpointOf(operation: string, endpoints: readonly Endpoint[]): Endpoint {
  const endpoint = endpoints.find(({ operationId }) => operationId === operation);
  if (endpoint === undefined) throw new Error(`The description has no operation ${operation}.`);
  return endpoint;
}

/** @throws {Error} if the description lacks the operation */
const stepOf = (step: (typeof STEPS)[number], endpoints: readonly Endpoint[]): Json => ({
  name: step.name,
  event: eventsOf({ after: step.script }),
  request: { ...requestOf(endpointOf(step.operation, endpoints)), ...(step.isAnonymous && NO_AUTH) },
});

function itemOf(endpoint: Endpoint): Json {
  const scripts = SCRIPTS[endpoint.operationId];
  const request = requestOf(endpoint);
  return {
    name: endpoint.summary,
    ...(scripts && { event: eventsOf(scripts) }),
    request: { ...request, description: textOf(endpoint) },
    response: endpoint.responses.flatMap(({ status, content }) =>
      Object.entries(content).flatMap(([type, { examples }]) =>
        Object.entries(examples).map(([name, { value }]) => ({
          name: `${status} ${name.replaceAll('_', ' ')}`,
          originalRequest: request,
          status: STATUS_CODES[status] ?? '',
          code: status,
          _postman_previewlanguage: 'json',
          header: [{ key: 'Content-Type', value: type }],
          body: JSON.stringify(value, null, 2),
        })),
      ),
    ),
  };
}

const eventsOf = ({ before, after }: Scripts): Json[] => [
  ...(before ? [eventOf('prerequest', before)] : []),
  ...(after ? [eventOf('test', after)] : []),
];

const eventOf = (listen: string, exec: readonly string[]): Json => ({
  listen,
  script: { type: 'text/javascript', exec },
});

function requestOf({ path, method, isProtected, parameters, fields }: Endpoint): Json {
  const parametersIn = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const query = parametersIn('query').map(disabled);
  const variable = parametersIn('path').map(filled);
  const segments = path
    .replaceAll(/\{(\w+)\}/g, ':$1')
    .split('/')
    .slice(1);
  return {
    method,
    // Others inherit `auth` from the collection.
    ...(!isProtected && NO_AUTH),
    header: parametersIn('header').map(disabled),
    // Not JSON: Postman does not escape a quotation mark in the value of a variable.
    ...(fields.length > 0 && { body: { mode: 'urlencoded', urlencoded: fields.map(filled) } }),
    url: {
      raw: ['{{baseUrl}}', ...segments].join('/'),
      host: ['{{baseUrl}}'],
      path: segments,
      ...(query.length > 0 && { query }),
      ...(variable.length > 0 && { variable }),
    },
  };
}

/** @throws {Error} for a required parameter or a field that has no value */
function filled({ name, description }: Named): Json {
  const value = VALUES[name];
  if (value === undefined) throw new Error(`VALUES of tools/openapi/postman-steps.ts has no ${name}`);
  return { key: name, value, description };
}

const disabled = ({ name, description }: Named): Json => ({
  key: name,
  value: OPTIONAL_VALUES[name] ?? '',
  description,
  disabled: true,
});

/** Describes an operation and its responses, in Markdown. */
function textOf({ description, responses }: Endpoint): string {
  const list = responses.map(
    ({ status, description: text }) => `- **${status}** ${text.replaceAll(/\n+/g, '\n  ')}`,
  );
  return `${description === undefined ? '' : `${description}\n\n`}Responses:\n\n${list.join('\n')}`;
}
