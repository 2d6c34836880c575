import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load, YAML11_SCHEMA } from 'js-yaml';
import * as v from 'valibot';
import type { Clock } from '../../lib/clock.ts';
import { Authorizers } from '../../local/gateway/authorizer.ts';
import type { GatewayResponseType } from '../../local/gateway/gateway-responses.ts';
import { toProxyResponse } from '../../local/gateway/proxy-response.ts';
import { resourcePathOf } from '../../local/gateway/request-target.ts';
import type { HttpResponse } from '../../local/gateway/response.ts';
import { Router } from '../../local/gateway/router.ts';
import { readService } from '../../local/gateway/service.ts';
import { lambdaContext, proxyEvent } from './events.ts';
import type { createService } from './service.ts';

const ROOT = new URL('../../', import.meta.url);
const BASE = 'http://localhost';
/** A response to a request whose target is not valid. */
const NO_TARGET = { context: {}, headers: {}, query: new URLSearchParams() };
const METHOD_ARN = 'arn:aws:execute-api:eu-west-1:123456789012:abc123/test';

/** A request as a client sent it. */
export interface ServiceRequest {
  readonly method: string;
  /** The path with the query. */
  readonly target: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const definitionSchema = v.object({
  functions: v.record(
    v.string(),
    v.object({ handler: v.string(), events: v.optional(v.array(v.unknown()), []) }),
  ),
});

/**
 * Handles HTTP requests with the functions of a service in this process. Uses the routes of serverless.yml and the responses
 * of the local gateway. Does not check requests as the gateway does: that needs an HTTP server.
 */
export function createHttpService(clock: Clock) {
  const definition = v.parse(definitionSchema, readYaml('serverless.yml'));
  const gateway = readService({
    functions: definition.functions,
    provider: { stage: 'test', region: 'eu-west-1', apiGateway: { binaryMediaTypes: ['*/*'] } },
    resources: { Resources: readYaml('deploy/resources/gateway-responses.yml') },
  });
  const router = new Router(gateway.routes);
  const authorizers = new Authorizers({ now: clock });

  return async (service: Service, request: ServiceRequest): Promise<HttpResponse> => {
    const { method, target, headers } = request;
    if (!URL.canParse(target, BASE)) return gateway.responses.create('DEFAULT_4XX', NO_TARGET);
    const { pathname: path, searchParams: query } = new URL(target, BASE);
    const reject = (type: GatewayResponseType, context: Readonly<Record<string, string>> = {}) =>
      gateway.responses.create(type, { context, headers, query });
    const decoded = resourcePathOf(method, target);
    const match = decoded === undefined ? undefined : router.find(method, decoded);
    if (match === undefined) return reject('MISSING_AUTHENTICATION_TOKEN');
    const { functionName, authorizer } = match.route;
    const handler = handlerOf(service, functionName);
    const verdict =
      authorizer &&
      (await authorizers.authorize(
        authorizer,
        { token: headers.authorization, methodArn: `${METHOD_ARN}/${method}${path}` },
        ({ authorizationToken }) => service.authorize(authorizationToken),
      ));
    if (verdict?.allowed === false) {
      const context = Object.entries(verdict.context ?? {}).map(([key, value]) => [
        `authorizer.${key}`,
        value,
      ]);
      return reject(verdict.type, Object.fromEntries(context));
    }
    const event = proxyEvent(method, {
      path,
      headers,
      query: Object.fromEntries(query),
      ...(request.body === '' ? {} : { body: request.body }),
      ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
      ...(verdict && { authorizer: verdict.context }),
    });
    return toProxyResponse(await handler(event, lambdaContext()));
  };
}

type Service = ReturnType<typeof createService>;

function handlerOf({ handlers }: Service, name: string): Service['handlers']['obtain'] {
  const [, handler] = Object.entries(handlers).find(([key]) => key === name) ?? [];
  if (handler === undefined) throw new Error(`the function ${name} has no handler`);
  return handler;
}

/** Reads a YAML file with merge keys. Resolves only the variables of the challenge and of the authorizer. */
function readYaml(path: string): unknown {
  const text = readFileSync(fileURLToPath(new URL(path, ROOT)), 'utf8');
  const resolved = text
    .replaceAll(CHALLENGE, `"'JWT realm=\\"api\\"'"`)
    .replaceAll(AUTHORIZER, '{ name: authorizer, resultTtlInSeconds: 0 }');
  return load(resolved, { schema: YAML11_SCHEMA });
}
const CHALLENGE = `\${self:custom.challenge}`;
const AUTHORIZER = `'\${self:custom.authorizer}'`;
