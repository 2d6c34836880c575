import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { GATEWAY_RESPONSE_TYPES } from '../../local/gateway/gateway-responses.ts';
import { type Resource, type Synthesised, synthesise } from './synthesise.ts';

const PUBLIC_ROUTES = [
  'ANY api/token',
  'ANY api/token/verify',
  'ANY api/token/refresh',
  'ANY api/token/revoke',
  'OPTIONS api/blog/posts',
  'OPTIONS api/sessions',
  'OPTIONS api/sessions/{sid}',
  'OPTIONS api/account',
  'OPTIONS api/account/password',
];
const PROTECTED_ROUTES = [
  'ANY api/blog/posts',
  'ANY api/sessions',
  'ANY api/sessions/{sid}',
  'ANY api/account',
  'ANY api/account/password',
];

const JWT = [
  'JWT_SECRET_KEY',
  'JWT_ALGORITHM',
  'JWT_ALLOW_REFRESH',
  'JWT_EXPIRATION_DELTA',
  'JWT_REFRESH_EXPIRATION_DELTA',
  'JWT_REFRESH_AFTER_EXPIRY',
  'JWT_LEEWAY',
  'JWT_AUDIENCE',
  'JWT_ISSUER',
  'SESSIONS_PER_USER',
  'REFRESH_REUSE_SECONDS',
];
const THROTTLE = [
  'THROTTLE_PAIR_FAILURES',
  'THROTTLE_PAIR_SECONDS',
  'THROTTLE_ADDRESS_FAILURES',
  'THROTTLE_ADDRESS_SECONDS',
  'THROTTLE_ACCOUNT_FAILURES',
];
const PASSWORD = ['PASSWORD_MIN_LENGTH', 'PASSWORD_MAX_LENGTH', 'SERVICE_NAME'];
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  Authorizer: ['TABLE_NAME', 'JWT_AUTH_HEADER_PREFIX', ...JWT],
  Obtain: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', 'LOGIN_REFUSAL_STEP_MS', ...JWT, ...THROTTLE],
  Verify: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT],
  Refresh: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT],
  Revoke: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT],
  Posts: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS'],
  Sessions: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT],
  Session: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT],
  Account: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS'],
  Password: ['TABLE_NAME', 'CORS_ALLOWED_ORIGINS', ...JWT, ...THROTTLE, ...PASSWORD],
};

/** An integration ends after 29 seconds (Amazon API Gateway quotas): a function that runs longer answers nobody. */
const MAX_TIMEOUT_S = 29;

const ref = v.object({ Ref: v.string() });
const methodSchema = v.object({
  HttpMethod: v.string(),
  ResourceId: ref,
  AuthorizationType: v.string(),
  AuthorizerId: v.optional(ref),
});
const pathSchema = v.object({ PathPart: v.string(), ParentId: v.unknown() });
const responseSchema = v.object({
  ResponseType: v.string(),
  StatusCode: v.optional(v.string()),
  ResponseParameters: v.record(v.string(), v.string()),
  ResponseTemplates: v.strictObject({ 'application/json': v.string() }),
});
const functionSchema = v.object({
  Runtime: v.string(),
  Architectures: v.array(v.string()),
  Timeout: v.number(),
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
});
const authorizerSchema = v.object({
  Type: v.string(),
  IdentitySource: v.string(),
  AuthorizerResultTtlInSeconds: v.number(),
});

let template: Synthesised;
beforeAll(async () => {
  template = await synthesise('test');
}, 60_000);

function ofType<Schema extends v.GenericSchema>(type: string, schema: Schema) {
  return Object.entries(template.resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, resource]) => ({ id, resource, properties: v.parse(schema, resource.Properties) }));
}

function pathOf(id: string): string {
  const { PathPart, ParentId } = v.parse(pathSchema, template.resources[id]?.Properties);
  return v.is(ref, ParentId) ? `${pathOf(ParentId.Ref)}/${PathPart}` : PathPart;
}

const routes = () =>
  ofType('AWS::ApiGateway::Method', methodSchema).map(({ properties }) => ({
    route: `${properties.HttpMethod} ${pathOf(properties.ResourceId.Ref)}`,
    ...properties,
  }));

const responses = () => ofType('AWS::ApiGateway::GatewayResponse', responseSchema);

describe('routes', () => {
  it('have the authorizer, all but those on the public list', () => {
    const open = routes().filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ route }) => route).sort()).toEqual([...PUBLIC_ROUTES].sort());
    expect([...template.service.custom.publicRoutes].sort()).toEqual([...PUBLIC_ROUTES].sort());
    const closed = routes().filter(({ AuthorizationType }) => AuthorizationType === 'CUSTOM');
    expect(closed.map(({ route }) => route).sort()).toEqual([...PROTECTED_ROUTES].sort());
  });

  it('share one TOKEN authorizer, whose results are not kept by default', () => {
    const [authorizer, ...others] = ofType('AWS::ApiGateway::Authorizer', authorizerSchema);
    expect(others).toEqual([]);
    expect(authorizer?.properties).toEqual({
      Type: 'TOKEN',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 0,
    });
    for (const { AuthorizerId } of routes()) expect([undefined, authorizer?.id]).toContain(AuthorizerId?.Ref);
  });

  it('have no trailing slash, no part of a path does', () => {
    for (const { route } of routes()) expect(route).toMatch(/^[A-Z]+ [a-z]+(\/([a-z]+|\{[a-z]+\}))*$/);
  });
});

describe('gateway responses', () => {
  it('are there for every type', () => {
    expect(
      responses()
        .map(({ properties }) => properties.ResponseType)
        .sort(),
    ).toEqual([...GATEWAY_RESPONSE_TYPES].sort());
  });

  it('are JSON with a fixed sentence, or the one that the authorizer chose', () => {
    for (const { properties } of responses()) {
      const body: unknown = JSON.parse(properties.ResponseTemplates['application/json']);
      const { detail } = v.parse(v.strictObject({ detail: v.string() }), body);
      const chosen = properties.ResponseType === 'ACCESS_DENIED';
      expect(detail).toMatch(chosen ? /^\$context\.authorizer\.detail$/ : /^[A-Z][a-z ,]+\.$/);
    }
  });

  it('can be read by a browser app on any origin, and have the headers of every answer', () => {
    for (const { properties } of responses()) {
      expect(properties.ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers': "'Retry-After, WWW-Authenticate'",
        'gatewayresponse.header.Cache-Control': "'no-store'",
        'gatewayresponse.header.Referrer-Policy': "'same-origin'",
        'gatewayresponse.header.Strict-Transport-Security': "'max-age=31536000; includeSubDomains'",
        'gatewayresponse.header.Vary': "'Accept'",
        'gatewayresponse.header.X-Content-Type-Options': "'nosniff'",
        'gatewayresponse.header.X-Frame-Options': "'DENY'",
      });
      expect(Object.keys(properties.ResponseParameters)).not.toContain(
        'gatewayresponse.header.Access-Control-Allow-Credentials',
      );
    }
  });

  it('challenge with a 401, and only with that', () => {
    for (const { properties } of responses()) {
      const challenge = properties.ResponseParameters['gatewayresponse.header.WWW-Authenticate'];
      expect(challenge).toBe(properties.StatusCode === '401' ? `'JWT realm="api"'` : undefined);
    }
  });

  it.each([
    ['UNAUTHORIZED', '401'],
    ['ACCESS_DENIED', '401'],
    ['AUTHORIZER_FAILURE', '503'],
    ['AUTHORIZER_CONFIGURATION_ERROR', '503'],
    ['MISSING_AUTHENTICATION_TOKEN', '404'],
    ['REQUEST_TOO_LARGE', '413'],
    ['THROTTLED', '429'],
    ['DEFAULT_4XX', undefined],
    ['DEFAULT_5XX', undefined],
  ])('answer %s with %s', (type, status) => {
    expect(
      responses().find(({ properties }) => properties.ResponseType === type)?.properties.StatusCode,
    ).toBe(status);
  });

  it('say when to try again with 429, 503 and 504', () => {
    for (const { properties } of responses()) {
      const wait = properties.ResponseParameters['gatewayresponse.header.Retry-After'];
      const retried = ['429', '503', '504'].includes(properties.StatusCode ?? '');
      expect(wait, properties.ResponseType).toBe(retried ? "'1'" : undefined);
    }
  });

  it('are there before the deployment is made', () => {
    const before = new Set<string>();
    const add = (resource: Resource | undefined) => {
      for (const id of resource?.DependsOn ?? []) {
        if (before.has(id)) continue;
        before.add(id);
        add(template.resources[id]);
      }
    };
    const [deployment] = ofType('AWS::ApiGateway::Deployment', v.unknown());
    add(deployment?.resource);
    for (const { id } of responses()) expect(before).toContain(id);
  });
});

describe('functions', () => {
  it.each(Object.entries(VARIABLES))('give %s only the variables that it reads', (name, variables) => {
    const found = ofType('AWS::Lambda::Function', functionSchema).find(
      ({ id }) => id === `${name}LambdaFunction`,
    );
    expect(Object.keys(found?.properties.Environment.Variables ?? {}).sort()).toEqual([...variables].sort());
  });

  it('are all known here, on Node 24, and end before API Gateway does', () => {
    const functions = ofType('AWS::Lambda::Function', functionSchema);
    expect(functions.map(({ id }) => id.replace('LambdaFunction', '')).sort()).toEqual(
      Object.keys(VARIABLES).sort(),
    );
    for (const { properties } of functions) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(properties.Timeout).toBeLessThan(MAX_TIMEOUT_S);
    }
  });
});

describe('bodies', () => {
  it('come as the bytes they are, whatever their type', () => {
    const [api] = ofType(
      'AWS::ApiGateway::RestApi',
      v.looseObject({ BinaryMediaTypes: v.array(v.string()) }),
    );
    expect(api?.properties.BinaryMediaTypes).toEqual(['*/*']);
  });
});

describe('the table', () => {
  it('is named after the stage, and stays when the stack goes', () => {
    const [table] = ofType('AWS::DynamoDB::Table', v.looseObject({ TableName: v.string() }));
    expect(table?.properties.TableName).toBe('latchkey-test');
    expect(table?.resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table?.properties).toMatchObject({
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });
});

it('lets API Gateway keep results of the authorizer for as long as the setting says', async () => {
  const { resources } = await synthesise('test', { AUTHORIZER_RESULT_TTL_SECONDS: '300' });
  expect(resources.AuthorizerApiGatewayAuthorizer?.Properties.AuthorizerResultTtlInSeconds).toBe(300);
}, 60_000);
