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

/** The parts of a request that a gateway response may contain. */
export interface GatewayRequest {
  /** Values of `$context` by the name after the dot, such as `authorizer.detail` or `requestId`. */
  readonly context: Readonly<Record<string, string>>;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: URLSearchParams;
}

const JSON_TYPE = 'application/json';
const HEADER_PARAMETER = 'gatewayresponse.header.';

const typeSchema = v.object({ Type: v.literal('AWS::ApiGateway::GatewayResponse') });
const resourceSchema = v.object({
  Properties: v.object({
    ResponseType: v.string(),
    StatusCode: v.optional(v.pipe(v.string(), v.digits(), v.transform(Number))),
    ResponseParameters: v.optional(v.record(v.string(), v.string()), {}),
    ResponseTemplates: v.strictObject({ [JSON_TYPE]: v.string() }),
  }),
});
type Definition = v.InferOutput<typeof resourceSchema>['Properties'];

/** The response of API Gateway if the template of the service defines none. */
const FALLBACK: Omit<Definition, 'ResponseType'> = {
  ResponseParameters: {},
  ResponseTemplates: { [JSON_TYPE]: '{"message":$context.error.messageString}' },
};

/** The gateway responses that the template of the service defines. */
export class GatewayResponses {
  readonly #definitions: ReadonlyMap<string, Definition>;

  /** @param resources the resources of the CloudFormation template, of any type */
  constructor(resources: Readonly<Record<string, unknown>>) {
    const responses = Object.values(resources).filter((resource) => v.is(typeSchema, resource));
    this.#definitions = new Map(
      responses.map((resource) => {
        const { Properties } = v.parse(resourceSchema, resource);
        return [Properties.ResponseType, Properties];
      }),
    );
  }

  /**
   * Creates the response of a type, by its own definition or by that of DEFAULT_4XX or DEFAULT_5XX.
   *
   * @param status the status if the template defines none
   */
  create(
    type: GatewayResponseType,
    request: GatewayRequest,
    status: number = DEFAULTS[type][0],
  ): HttpResponse {
    const [, message, errorType] = DEFAULTS[type];
    const { StatusCode, ResponseParameters, ResponseTemplates } =
      this.#definitions.get(type) ??
      this.#definitions.get(status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX') ??
      FALLBACK;
    const context = {
      ...request.context,
      'error.message': message,
      'error.messageString': JSON.stringify(message),
      'error.responseType': type,
    };
    const headers = Object.entries(ResponseParameters).map(
      ([name, source]) =>
        [name.replace(HEADER_PARAMETER, ''), resolve(source, { ...request, context })] as const,
    );
    return {
      status: StatusCode ?? status,
      headers: [
        ['x-amzn-RequestId', request.context.requestId ?? ''],
        ['x-amzn-ErrorType', errorType],
        ['Content-Type', JSON_TYPE],
        ...headers.filter(([, value]) => value !== ''),
      ],
      body: Buffer.from(render(ResponseTemplates[JSON_TYPE], context)),
    };
  }
}

/** Replaces variables with their values, without escaping. An unknown variable becomes an empty text. */
const render = (template: string, context: GatewayRequest['context']): string =>
  template.replaceAll(/\$context\.(\w+(?:\.\w+)*)/g, (_, name: string) => context[name] ?? '');

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
