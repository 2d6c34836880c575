import * as v from 'valibot';
import type { Answer } from './answer.ts';

/**
 * The types there are, with the status, the message and the error type that API Gateway gives to each by itself.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */
const DEFAULTS = {
  ACCESS_DENIED: [403, 'User is not authorized to access this resource', 'AccessDeniedException'],
  API_CONFIGURATION_ERROR: [500, 'Internal server error', 'InternalServerErrorException'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'Internal server error', 'AuthorizerConfigurationException'],
  AUTHORIZER_FAILURE: [500, 'Internal server error', 'AuthorizerFailureException'],
  BAD_REQUEST_BODY: [400, 'Invalid request body', 'BadRequestException'],
  BAD_REQUEST_PARAMETERS: [400, 'Invalid request parameters', 'BadRequestException'],
  DEFAULT_4XX: [400, 'Bad request', 'BadRequestException'],
  DEFAULT_5XX: [502, 'Internal server error', 'InternalServerErrorException'],
  EXPIRED_TOKEN: [403, 'The security token included in the request is expired', 'ExpiredTokenException'],
  INTEGRATION_FAILURE: [504, 'Internal server error', 'InternalServerErrorException'],
  INTEGRATION_TIMEOUT: [504, 'Endpoint request timed out', 'InternalServerErrorException'],
  INVALID_API_KEY: [403, 'Forbidden', 'ForbiddenException'],
  INVALID_SIGNATURE: [403, 'The request signature is not valid', 'InvalidSignatureException'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'],
  QUOTA_EXCEEDED: [429, 'Limit Exceeded', 'LimitExceededException'],
  REQUEST_TOO_LARGE: [413, 'Request Too Long', 'RequestTooLargeException'],
  RESOURCE_NOT_FOUND: [404, 'Not Found', 'NotFoundException'],
  THROTTLED: [429, 'Too Many Requests', 'TooManyRequestsException'],
  UNAUTHORIZED: [401, 'Unauthorized', 'UnauthorizedException'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'Unsupported Media Type', 'BadRequestException'],
  WAF_FILTERED: [403, 'Forbidden', 'ForbiddenException'],
} as const satisfies Record<string, readonly [status: number, message: string, errorType: string]>;

export type GatewayResponseType = keyof typeof DEFAULTS;

/** All types there are. */
export const GATEWAY_RESPONSE_TYPES: readonly string[] = Object.keys(DEFAULTS);

/** Values of `$context`, by the name behind the dot: `authorizer.detail`, `requestId`. */
export type GatewayContext = Readonly<Record<string, string>>;

/** What a parameter of a gateway response may take from the request. */
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

/** The answers that API Gateway writes itself, as the template of the service words them. */
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
   * Writes the answer of a type, as itself or as the default of its class words it.
   *
   * @param status what it is by itself, where the type leaves that open
   */
  answer(type: GatewayResponseType, request: GatewayRequest, status?: number): Answer {
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

/** The template of the type that the client accepts, else the JSON one, else the first. */
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

/** Values are put in as they are: a template is no Velocity, and escapes nothing. A name that has none gives nothing. */
const render = (template: string, context: GatewayContext): string =>
  template.replaceAll(
    /\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)/g,
    (_, name: string) => context[name] ?? '',
  );

/**
 * Resolves a parameter: a text in single quotes, or a value of the context or the request.
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
