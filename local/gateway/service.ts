import * as v from 'valibot';
import type { AuthorizerDefinition } from './authorizer.ts';
import { GatewayResponses } from './gateway-responses.ts';

const IDENTITY_HEADER = /^method\.request\.header\.([\w-]+)$/;

/** An authorizer of `serverless.yml`, with the defaults of API Gateway. */
const authorizerSchema = v.pipe(
  v.object({
    name: v.string(),
    type: v.optional(v.literal('token', 'only token authorizers can be emulated')),
    identitySource: v.optional(
      v.pipe(v.string(), v.regex(IDENTITY_HEADER)),
      'method.request.header.Authorization',
    ),
    identityValidationExpression: v.optional(v.string(), '.*'),
    resultTtlInSeconds: v.optional(v.number(), 300),
  }),
  v.transform(
    (one): AuthorizerDefinition => ({
      functionName: one.name,
      header: one.identitySource.replace(IDENTITY_HEADER, '$1').toLowerCase(),
      validation: new RegExp(`^(?:${one.identityValidationExpression})$`),
      ttlSeconds: one.resultTtlInSeconds,
    }),
  ),
);

const routeSchema = v.object({
  /** In upper case. `ANY` is for all methods. */
  method: v.pipe(v.string(), v.toUpperCase()),
  /** The path of the resource: with a slash at the beginning, and none at the end. */
  path: v.pipe(
    v.string(),
    v.transform((path) => `/${path.replace(/^\/|\/$/g, '')}`),
  ),
  authorizer: v.optional(authorizerSchema),
});

/** The units are those of `serverless.yml`: megabytes and seconds. The defaults are those of the framework. */
const serviceSchema = v.object({
  service: v.optional(v.string(), ''),
  provider: v.object({
    stage: v.string(),
    region: v.string(),
    memorySize: v.optional(v.number(), 1024),
    timeout: v.optional(v.number(), 6),
    apiGateway: v.object({
      binaryMediaTypes: v.tuple([v.literal('*/*', 'only the binary media type */* can be emulated')]),
    }),
  }),
  functions: v.record(
    v.string(),
    v.object({
      handler: v.string(),
      name: v.optional(v.string(), ''),
      memorySize: v.optional(v.number()),
      timeout: v.optional(v.number()),
      environment: v.optional(v.record(v.string(), v.string()), {}),
      events: v.optional(v.array(v.object({ http: v.optional(routeSchema) })), []),
    }),
  ),
  resources: v.object({ Resources: v.record(v.string(), v.unknown()) }),
});

/** A route that `serverless.yml` declares. */
export type Route = v.InferOutput<typeof routeSchema> & { readonly functionName: string };

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

/** The settings of the gateway and the functions of a service. */
export type GatewayService = ReturnType<typeof readService>;

/** Reads the `serverless.yml` that the framework has resolved. */
export function readService(definition: unknown) {
  const { service, provider, functions, resources } = v.parse(serviceSchema, definition);
  const { stage, region } = provider;
  return {
    name: service,
    stage,
    region,
    routes: Object.entries(functions).flatMap(([functionName, { events }]) =>
      events.flatMap(({ http }) => (http === undefined ? [] : [{ ...http, functionName }])),
    ),
    /** By the names in `serverless.yml`. */
    functions: new Map<string, FunctionDefinition>(
      Object.entries(functions).map(([key, { handler, name, memorySize, timeout, environment }]) => [
        key,
        {
          handler,
          name,
          memoryMegabytes: memorySize ?? provider.memorySize,
          timeoutSeconds: timeout ?? provider.timeout,
          region,
          environment,
        },
      ]),
    ),
    responses: new GatewayResponses(resources.Resources),
  };
}
