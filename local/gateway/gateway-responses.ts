import * as v from 'valibot';
import type { HttpResponse } from './response.ts';

/**
 * The types that the local gateway emits, each with the default status, message and error type of API Gateway.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const DEFAULTS = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource', 'AccessDeniedException'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'Internal server error', 'AuthorizerConfigurationException'],
  AUTHORIZER_FAILURE: [500, 'Internal server error', 'AuthorizerFailureException'],
  DEFAULT_4XX: [400, 'Bad request', 'BadRequestException'],
  DEFAULT_5XX: [502, 'Internal server error', 'InternalServerErrorException'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long', 'RequestTooLargeException'],
  UNAUTHORIZED: [401, 'Unauthorized', 'UnauthorizedException'],
} as const satisfies Record<string, readonly [status: number, message: string, errorType: string]>;

export type GatewayResponseType = keyof typeof DEFAULTS;

/** Values of `$context` by the name after the dot, such as `authorizer.detail` or `requestId`. */
export type GatewayContext = Readonly<Record<string, string>>;

/** The parts of a request that parameters of a gateway response may use. */
export interface GatewayRequest {
  readonly context: GatewayContext;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: URLSearchParams;
}

const resourceSchema = v.object({
  Properties: v.object({
    ResponseType: v.string(),
    StatusCode: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(Number))),
    ResponseParameters: v.optional(v.record(v.string(), v.string()), {}),
    ResponseTemplates: v.optional(v.record(v.string(), v.string())),
  }),
});

type Definition = v.InferOutput<typeof resourceSchema>['Properties'];

const FALLBACK_TEMPLATES = { 'application/json': '{"message":$context.error.messageString}' };
const HEADER_PARAMETER = 'gatewayresponse.header.';

/** The gateway responses that the template of the service defines. */
export class GatewayResponses {
  readonly #definitions: ReadonlyMap<string, Definition>;

  /** @param resources the resources of the CloudFormation template, of any type */
  constructor(resources: Readonly<Record<string, unknown>>) {
    const responses = Object.values(resources).filter((resource) => v.is(typeSchema, resource));
    this.#definitions = new Map(
      v
        .parse(v.array(resourceSchema), responses)
        .map(({ Properties }) => [Properties.ResponseType, Properties]),
    );
  }

  /**
   * Creates the response of a type, by its own definition or by that of DEFAULT_4XX or DEFAULT_5XX.
   *
   * @param status the default status, if the type has none
   */
  create(type: GatewayResponseType, request: GatewayRequest, status?: number): HttpResponse {
    const [ownStatus, message, errorType] = DEFAULTS[type];
    const definition =
      this.#definitions.get(type) ??
      this.#definitions.get((status ?? ownStatus) < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX');
    const context: GatewayContext = {
      ...request.context,
      'error.message': message,
      'error.messageString': JSON.stringify(message),
      'error.responseType': type,
    };
    const templates = definition?.ResponseTemplates ?? FALLBACK_TEMPLATES;
    const [contentType, template] = chooseTemplate(templates, request.headers.accept);
    const parameters = Object.entries(definition?.ResponseParameters ?? {});
    return {
      status: definition?.StatusCode ?? status ?? ownStatus,
      headers: [
        ['x-amzn-RequestId', context.requestId ?? ''],
        ['x-amzn-ErrorType', errorType],
        ['Content-Type', contentType],
        ...parameters
          .filter(([name]) => name.startsWith(HEADER_PARAMETER))
          .map(([name, source]): [string, string] => [
            name.slice(HEADER_PARAMETER.length),
            resolve(source, { ...request, context }),
          ])
          .filter(([, value]) => value !== ''),
      ],
      body: Buffer.from(render(template, context)),
    };
  }
}

const typeSchema = v.object({ Type: v.literal('AWS::ApiGateway::GatewayResponse') });

/** Chooses the template of the media type that the client accepts, otherwise the JSON one, otherwise the first. */
function chooseTemplate(
  templates: Readonly<Record<string, string>>,
  accept: string | string[] | undefined,
): readonly [string, string] {
  const types = Object.keys(templates);
  const type =
    types.find((candidate) => candidate === accept) ??
    types.find((candidate) => candidate === 'application/json') ??
    types[0] ??
    'application/json';
  return [type, templates[type] ?? ''];
}

/** Replaces variables by their values, without escaping. An unknown variable becomes an empty text. Velocity is not supported. */
const render = (template: string, context: GatewayContext): string =>
  template.replaceAll(
    /\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)/g,
    (_, name: string) => context[name] ?? '',
  );

/**
 * Resolves a parameter, which is a text in single quotes, or a value of the context or the request.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
function resolve(source: string, { context, headers, query }: GatewayRequest): string {
  const text = /^'(.*)'$/s.exec(source)?.[1];
  if (text !== undefined) return text;
  const [, kind, name = ''] = /^(context|method\.request\.(?:header|querystring))\.(.+)$/.exec(source) ?? [];
  if (kind === 'context') return context[name] ?? '';
  if (kind === 'method.request.querystring') return query.get(name) ?? '';
  return String(headers[name.toLowerCase()] ?? '');
}
