import * as v from 'valibot';
import type { AuthorizerDefinition } from './authorizer.ts';
import { GatewayResponses } from './gateway-responses.ts';

const DEFAULT_TTL_SECONDS = 300;
/** The defaults of the framework. */
const DEFAULT_MEMORY_MB = 1024;
const DEFAULT_TIMEOUT_SECONDS = 6;
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

/** The units are those of `serverless.yml`. A value of CloudFormation, such as a reference, is not resolved. */
const functionSchema = v.object({
  handler: v.string(),
  name: v.optional(v.string(), ''),
  memorySize: v.optional(v.number()),
  timeout: v.optional(v.number()),
  environment: v.optional(v.record(v.string(), v.unknown()), {}),
  events: v.optional(v.array(v.object({ http: v.optional(httpSchema) })), []),
});

const serviceSchema = v.object({
  service: v.optional(v.string(), ''),
  provider: v.object({
    stage: v.string(),
    region: v.string(),
    memorySize: v.optional(v.number(), DEFAULT_MEMORY_MB),
    timeout: v.optional(v.number(), DEFAULT_TIMEOUT_SECONDS),
    environment: v.optional(v.record(v.string(), v.unknown()), {}),
    apiGateway: v.optional(v.object({ binaryMediaTypes: v.optional(v.array(v.string()), []) })),
  }),
  functions: v.record(v.string(), functionSchema),
  resources: v.nullish(v.object({ Resources: v.nullish(v.record(v.string(), v.unknown()), {}) })),
});

type RouteAuthorizer = v.InferOutput<typeof authorizerSchema>;

/** A route that `serverless.yml` declares. */
export interface Route {
  /** In upper case. `ANY` is for all methods. */
  readonly method: string;
  /** The path of the resource: with a slash at the beginning, and none at the end. */
  readonly path: string;
  readonly functionName: string;
  readonly authorizer: AuthorizerDefinition | undefined;
}

/** A function that `serverless.yml` declares. */
export interface FunctionDefinition {
  /** The path of the module without its extension, a dot, and the name of the export. */
  readonly handler: string;
  /** The name of the deployed function. */
  readonly name: string;
  readonly memoryMegabytes: number;
  readonly timeoutSeconds: number;
  readonly region: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The settings of the gateway and the functions of a service, from its `serverless.yml`. */
export interface GatewayService {
  readonly name: string;
  readonly routes: readonly Route[];
  /** By the names in `serverless.yml`. */
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  readonly stage: string;
  readonly region: string;
  /** Bodies of these types are passed as base64 (API Gateway developer guide, "Binary media types"). */
  readonly binaryMediaTypes: readonly string[];
  readonly responses: GatewayResponses;
}

/** Reads the service that the framework has resolved. */
export function readService(service: unknown): GatewayService {
  const { service: name, provider, functions, resources } = v.parse(serviceSchema, service);
  const { stage, region } = provider;
  return {
    name,
    routes: Object.entries(functions).flatMap(([functionName, { events }]) =>
      events.flatMap(({ http }) => (http === undefined ? [] : [{ ...routeOf(http), functionName }])),
    ),
    functions: new Map(
      Object.entries(functions).map(([key, definition]) => [
        key,
        {
          handler: definition.handler,
          name: definition.name || key,
          memoryMegabytes: definition.memorySize ?? provider.memorySize,
          timeoutSeconds: definition.timeout ?? provider.timeout,
          region,
          environment: textsOf({ ...provider.environment, ...definition.environment }),
        },
      ]),
    ),
    stage,
    region,
    binaryMediaTypes: provider.apiGateway?.binaryMediaTypes ?? [],
    responses: new GatewayResponses(resources?.Resources ?? {}),
  };
}

const routeOf = ({ method, path, authorizer }: v.InferOutput<typeof httpSchema>) => ({
  method: method.toUpperCase().replace('*', 'ANY'),
  path: `/${path.replace(/^\/|\/$/g, '')}`,
  authorizer: authorizer && define(authorizer),
});

const textsOf = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || typeof value === 'object' ? [] : [[name, String(value)]],
    ),
  );

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
