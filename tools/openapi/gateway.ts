import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import * as v from 'valibot';
import type { Method } from '../../lib/http/route.ts';

const read = (path: string): unknown => load(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));

const serviceSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({
      events: v.optional(
        v.array(
          v.object({
            http: v.object({ path: v.string(), method: v.string(), authorizer: v.optional(v.string()) }),
          }),
        ),
        [],
      ),
    }),
  ),
});

/** Where serverless.yml attaches a function. */
export interface Place {
  /** As in `serverless.yml`, such as `api/token`. */
  readonly path: string;
  readonly isProtected: boolean;
}

/** Reads serverless.yml. Returns a function that finds the path of a function. It throws if there is not exactly one. */
export function readPlaces(): (name: string) => Place {
  const { functions } = v.parse(serviceSchema, read('serverless.yml'));
  return (name) => {
    const routes = (functions[name]?.events ?? []).filter(({ http }) => http.method === 'any');
    const [route, ...more] = routes.map(({ http }) => http);
    if (route === undefined || more.length > 0)
      throw new Error(`${name} does not have one path for any method`);
    return { path: route.path, isProtected: route.authorizer !== undefined };
  };
}

const responsesSchema = v.record(
  v.string(),
  v.object({
    Properties: v.object({
      ResponseType: v.string(),
      StatusCode: v.optional(v.pipe(v.string(), v.transform(Number))),
    }),
  }),
);

/** The responses to requests without a route. */
const WITHOUT_ROUTE = [
  'MISSING_AUTHENTICATION_TOKEN',
  'RESOURCE_NOT_FOUND',
  'INVALID_SIGNATURE',
  'EXPIRED_TOKEN',
];
const OF_THE_AUTHORIZER = [
  'UNAUTHORIZED',
  'ACCESS_DENIED',
  'AUTHORIZER_FAILURE',
  'AUTHORIZER_CONFIGURATION_ERROR',
];
const OF_A_BODY = ['BAD_REQUEST_BODY', 'REQUEST_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];
/** The statuses of response types that keep the status of API Gateway. */
const KEPT_STATUSES = new Map([
  ['DEFAULT_4XX', [400, 431]],
  ['DEFAULT_5XX', [500]],
]);

/** Returns the statuses that API Gateway itself may send to a request of a route. Their body is `{detail}`. */
export function gatewayStatuses({ isProtected }: Place, method: Method): ReadonlySet<number> {
  const left = [
    ...WITHOUT_ROUTE,
    ...(isProtected ? [] : OF_THE_AUTHORIZER),
    ...(method === 'GET' ? OF_A_BODY : []),
  ];
  const responses = Object.values(v.parse(responsesSchema, read('deploy/resources/gateway-responses.yml')));
  return new Set(
    responses
      .map(({ Properties }) => Properties)
      .filter(({ ResponseType }) => !left.includes(ResponseType))
      .flatMap(({ ResponseType, StatusCode }) => KEPT_STATUSES.get(ResponseType) ?? StatusCode ?? []),
  );
}
