import * as v from 'valibot';
import type { AuthorizerDefinition } from './authorizer.ts';
import { GatewayResponses } from './gateway-responses.ts';

const DEFAULT_TTL_SECONDS = 300;
const IDENTITY_HEADER = /^method\.request\.header\.([\w-]+)$/;

const ttl = v.pipe(v.union([v.number(), v.pipe(v.string(), v.digits())]), v.transform(Number));

const authorizerSchema = v.union([
  v.pipe(
    v.string(),
    v.transform((name) => ({ name })),
  ),
  v.object({
    name: v.string(),
    type: v.optional(v.literal('token', 'only token authorizers can be emulated')),
    identitySource: v.optional(v.pipe(v.string(), v.regex(IDENTITY_HEADER))),
    identityValidationExpression: v.optional(v.string()),
    resultTtlInSeconds: v.optional(ttl),
  }),
]);

const httpSchema = v.union([
  v.pipe(
    v.string(),
    v.transform((text) => {
      const [method = '', path = ''] = text.split(/\s+/);
      return { method, path, authorizer: undefined };
    }),
  ),
  v.object({ method: v.string(), path: v.string(), authorizer: v.optional(authorizerSchema) }),
]);

const serviceSchema = v.object({
  service: v.optional(v.string(), ''),
  provider: v.object({
    stage: v.string(),
    region: v.string(),
    apiGateway: v.optional(v.object({ binaryMediaTypes: v.optional(v.array(v.string()), []) })),
  }),
  functions: v.record(
    v.string(),
    v.object({ events: v.optional(v.array(v.object({ http: v.optional(httpSchema) })), []) }),
  ),
  resources: v.nullish(v.object({ Resources: v.nullish(v.record(v.string(), v.unknown()), {}) })),
});

type RouteAuthorizer = v.InferOutput<typeof authorizerSchema>;

/** A route as `serverless.yml` declares it. */
export interface Route {
  /** `ANY` for all methods. */
  readonly method: string;
  readonly path: string;
}

/** The settings of the gateway of a service, from its `serverless.yml`. */
export interface GatewayService {
  readonly name: string;
  readonly routes: readonly Route[];
  readonly stage: string;
  readonly region: string;
  /** Bodies of these types are passed as base64 (API Gateway developer guide, "Binary media types"). */
  readonly binaryMediaTypes: readonly string[];
  readonly responses: GatewayResponses;
  /** Returns the authorizer of a route, by the method (`*` for all) and the path of the local server. */
  authorizerOf(method: string, path: string): AuthorizerDefinition | undefined;
}

/** Reads the service that the framework has resolved. */
export function readService(service: unknown): GatewayService {
  const { service: name, provider, functions, resources } = v.parse(serviceSchema, service);
  const routes = Object.values(functions).flatMap(({ events }) =>
    events.flatMap(({ http }) => (http === undefined ? [] : [http])),
  );
  const authorizers = new Map(
    routes.map((http): [string, AuthorizerDefinition | undefined] => [
      routeKey(http.method, http.path),
      'authorizer' in http && http.authorizer !== undefined ? define(http.authorizer) : undefined,
    ]),
  );
  return {
    name,
    routes: routes.map(({ method, path }) => ({ method, path })),
    stage: provider.stage,
    region: provider.region,
    binaryMediaTypes: provider.apiGateway?.binaryMediaTypes ?? [],
    responses: new GatewayResponses(resources?.Resources ?? {}),
    authorizerOf: (method, path) =>
      authorizers.get(authorizers.has(routeKey(method, path)) ? routeKey(method, path) : routeKey('*', path)),
  };
}

function define(authorizer: RouteAuthorizer): AuthorizerDefinition {
  const declared = {
    identitySource: undefined,
    identityValidationExpression: undefined,
    resultTtlInSeconds: undefined,
    ...authorizer,
  };
  const [, header = 'Authorization'] = IDENTITY_HEADER.exec(declared.identitySource ?? '') ?? [];
  const expression = declared.identityValidationExpression;
  return {
    functionName: declared.name,
    header: header.toLowerCase(),
    validation: expression === undefined ? undefined : new RegExp(`^(?:${expression})$`),
    ttlSeconds: declared.resultTtlInSeconds ?? DEFAULT_TTL_SECONDS,
  };
}

/** Returns a key for a route. `serverless.yml` writes `/a/{proxy+}`, the local server `/a/{proxy*}`. */
const routeKey = (method: string, path: string): string =>
  `${method.toUpperCase().replace('ANY', '*')} /${path.replace(/^\/|\/$/g, '').replaceAll('+}', '*}')}`;
