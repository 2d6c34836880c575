import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import { route as docs } from '../../functions/docs.ts';
import { createMetrics } from '../../lib/metrics.ts';
import { FUNCTIONS } from '../../lib/settings/details.ts';
import { ROUTES } from '../../tools/openapi/routes.ts';
import { completeTemplate, type Package, type Resource } from '../support/package-service.ts';

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html */
const GATEWAY_RESPONSE_TYPES = [
  'ACCESS_DENIED',
  'API_CONFIGURATION_ERROR',
  'AUTHORIZER_CONFIGURATION_ERROR',
  'AUTHORIZER_FAILURE',
  'BAD_REQUEST_BODY',
  'BAD_REQUEST_PARAMETERS',
  'DEFAULT_4XX',
  'DEFAULT_5XX',
  'EXPIRED_TOKEN',
  'INTEGRATION_FAILURE',
  'INTEGRATION_TIMEOUT',
  'INVALID_API_KEY',
  'INVALID_SIGNATURE',
  'MISSING_AUTHENTICATION_TOKEN',
  'QUOTA_EXCEEDED',
  'REQUEST_TOO_LARGE',
  'RESOURCE_NOT_FOUND',
  'THROTTLED',
  'UNAUTHORIZED',
  'UNSUPPORTED_MEDIA_TYPE',
  'WAF_FILTERED',
];

const PUBLIC_ROUTES = [
  'ANY api/token',
  'ANY api/token/verify',
  'ANY api/token/refresh',
  'ANY api/token/revoke',
  'ANY api/openapi.json',
  'ANY docs',
  'ANY docs/{file}',
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

const resourceOf = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;
const NAMES = FUNCTIONS.map(resourceOf);

/** The timeout of an integration, in seconds (Amazon API Gateway quotas). A response after it is lost. */
const MAX_TIMEOUT_S = 29;

const ref = v.object({ Ref: v.string() });
const methodSchema = v.object({
  HttpMethod: v.string(),
  ResourceId: ref,
  AuthorizationType: v.string(),
  AuthorizerId: v.optional(ref),
  Integration: v.unknown(),
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
  MemorySize: v.number(),
  TracingConfig: v.object({ Mode: v.string() }),
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
});
const authorizerSchema = v.object({
  Type: v.string(),
  IdentitySource: v.string(),
  AuthorizerResultTtlInSeconds: v.number(),
});

const stageSchema = v.looseObject({
  StageName: v.string(),
  MethodSettings: v.array(v.unknown()),
  AccessLogSetting: v.object({ Format: v.string(), DestinationArn: v.unknown() }),
});
const alarmSchema = v.looseObject({
  Namespace: v.optional(v.string()),
  MetricName: v.optional(v.string()),
  Dimensions: v.optional(v.array(v.object({ Name: v.string(), Value: v.unknown() }))),
  Metrics: v.optional(v.array(v.unknown())),
  TreatMissingData: v.string(),
  AlarmActions: v.unknown(),
});
const throttledSchema = v.object({ MetricStat: v.object({ Metric: v.looseObject({}) }) });
/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const embeddedSchema = v.looseObject({
  service: v.string(),
  _aws: v.looseObject({
    CloudWatchMetrics: v.tuple([
      v.object({
        Namespace: v.string(),
        Dimensions: v.tuple([v.tuple([v.string()])]),
        Metrics: v.tuple([v.looseObject({ Name: v.string() })]),
      }),
    ]),
  }),
});

/** All values of the access log. The client cannot choose any of them except for its address. */
const ACCESS_LOG = [
  '$context.requestId',
  '$context.requestTimeEpoch',
  '$context.identity.sourceIp',
  '$context.httpMethod',
  '$context.resourcePath',
  '$context.status',
  '$context.responseLength',
  '$context.responseLatency',
  '$context.authorizer.status',
  '$context.authorizer.integrationLatency',
  '$context.integration.status',
  '$context.integrationLatency',
  '$context.error.responseType',
];

let packaged: Package;
let resources: Package['template']['Resources'];
beforeAll(async () => {
  packaged = await completeTemplate();
  resources = packaged.template.Resources;
});

function ofType<Schema extends v.GenericSchema>(type: string, schema: Schema) {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, resource]) => ({ id, resource, properties: v.parse(schema, resource.Properties) }));
}

function pathOf(id: string): string {
  const { PathPart, ParentId } = v.parse(pathSchema, resources[id]?.Properties);
  return v.is(ref, ParentId) ? `${pathOf(ParentId.Ref)}/${PathPart}` : PathPart;
}

const routes = () =>
  ofType('AWS::ApiGateway::Method', methodSchema).map(({ properties }) => ({
    route: `${properties.HttpMethod} ${pathOf(properties.ResourceId.Ref)}`,
    ...properties,
  }));

const responses = () => ofType('AWS::ApiGateway::GatewayResponse', responseSchema);

describe('routes', () => {
  it('have the authorizer, except for the public routes', () => {
    const open = routes().filter(({ AuthorizationType }) => AuthorizationType !== 'CUSTOM');
    expect(open.map(({ route }) => route).sort()).toEqual([...PUBLIC_ROUTES].sort());
    expect([...packaged.publicRoutes].sort()).toEqual([...PUBLIC_ROUTES].sort());
    const closed = routes().filter(({ AuthorizationType }) => AuthorizationType === 'CUSTOM');
    expect(closed.map(({ route }) => route).sort()).toEqual([...PROTECTED_ROUTES].sort());
  });

  it('share one TOKEN authorizer, whose results are not cached by default', () => {
    const [authorizer, ...others] = ofType('AWS::ApiGateway::Authorizer', authorizerSchema);
    expect(others).toEqual([]);
    expect(authorizer?.properties).toEqual({
      Type: 'TOKEN',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 0,
    });
    for (const { AuthorizerId } of routes()) expect([undefined, authorizer?.id]).toContain(AuthorizerId?.Ref);
  });

  it.each(Object.entries({ ...ROUTES, docs }))(
    'have the authorizer if they are protected: %s',
    (name, { access }) => {
      const ofFunction = routes().filter(
        ({ HttpMethod, Integration }) =>
          HttpMethod === 'ANY' && JSON.stringify(Integration).includes(`"${resourceOf(name)}LambdaFunction"`),
      );
      expect(ofFunction.length).toBeGreaterThan(0);
      for (const { AuthorizationType } of ofFunction) {
        expect(AuthorizationType).toBe(access === 'protected' ? 'CUSTOM' : 'NONE');
      }
    },
  );

  it('have no trailing slash', () => {
    for (const { route } of routes())
      expect(route).toMatch(/^[A-Z]+ [a-z]+(\/([a-z]+|\{[a-z]+\}))*(\.json)?$/);
  });
});

describe('gateway responses', () => {
  it('exist for every type', () => {
    expect(
      responses()
        .map(({ properties }) => properties.ResponseType)
        .sort(),
    ).toEqual([...GATEWAY_RESPONSE_TYPES].sort());
  });

  it('are JSON with a fixed sentence, or with that of the authorizer', () => {
    for (const { properties } of responses()) {
      const body: unknown = JSON.parse(properties.ResponseTemplates['application/json']);
      const { detail } = v.parse(v.strictObject({ detail: v.string() }), body);
      const chosen = properties.ResponseType === 'ACCESS_DENIED';
      expect(detail).toMatch(chosen ? /^\$context\.authorizer\.detail$/ : /^[A-Z][a-z ,]+\.$/);
    }
  });

  it('can be read from any origin, and have the headers of all responses', () => {
    for (const { properties } of responses()) {
      expect(properties.ResponseParameters).toMatchObject({
        'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
        'gatewayresponse.header.Access-Control-Expose-Headers':
          "'Retry-After, WWW-Authenticate, Date, x-amzn-RequestId'",
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

  it('have a challenge if and only if the status is 401', () => {
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
  ])('have the status for %s: %s', (type, status) => {
    expect(
      responses().find(({ properties }) => properties.ResponseType === type)?.properties.StatusCode,
    ).toBe(status);
  });

  it('have Retry-After if the status is 429, 503 or 504', () => {
    for (const { properties } of responses()) {
      const wait = properties.ResponseParameters['gatewayresponse.header.Retry-After'];
      const retried = ['429', '503', '504'].includes(properties.StatusCode ?? '');
      expect(wait, properties.ResponseType).toBe(retried ? "'1'" : undefined);
    }
  });

  it('are created before the deployment', () => {
    const before = new Set<string>();
    const add = (resource: Resource | undefined) => {
      for (const id of resource?.DependsOn ?? []) {
        if (before.has(id)) continue;
        before.add(id);
        add(resources[id]);
      }
    };
    const [deployment] = ofType('AWS::ApiGateway::Deployment', v.unknown());
    add(deployment?.resource);
    for (const { id } of responses()) expect(before).toContain(id);
  });
});

describe('functions', () => {
  it('are all known, run on Node.js 24, and time out before API Gateway', () => {
    const functions = ofType('AWS::Lambda::Function', functionSchema);
    expect(functions.map(({ id }) => id.replace('LambdaFunction', '')).sort()).toEqual(NAMES.toSorted());
    for (const { properties } of functions) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(properties.Timeout).toBeLessThan(MAX_TIMEOUT_S);
      expect(properties.TracingConfig.Mode).toBe('Active');
    }
  });

  it('have a whole CPU if they hash', () => {
    for (const { id, properties } of ofType('AWS::Lambda::Function', functionSchema)) {
      const hashes = /^(Obtain|Password)Lambda/.test(id);
      if (hashes) expect(properties.MemorySize).toBe(1769);
      else expect(properties.MemorySize).toBeLessThanOrEqual(512);
    }
  });
});

describe('bodies', () => {
  it('are passed in base64 for every media type', () => {
    const [api] = ofType(
      'AWS::ApiGateway::RestApi',
      v.looseObject({ BinaryMediaTypes: v.array(v.string()) }),
    );
    expect(api?.properties.BinaryMediaTypes).toEqual(['*/*']);
  });
});

describe('the table', () => {
  it('is named after the stage, and is protected from deletion', () => {
    const [table] = ofType('AWS::DynamoDB::Table', v.looseObject({ TableName: v.string() }));
    expect(table?.properties.TableName).toBe('latchkey-test');
    expect(table?.resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(table?.properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
    });
  });

  it('is created after all other resources, so that a failed first deployment does not leave it', () => {
    const others = Object.entries(resources).filter(([name]) => name !== 'Table');
    expect(resources.Table?.DependsOn.toSorted()).toEqual(others.map(([name]) => name).toSorted());
    const refersToTable = ([, resource]: (typeof others)[number]) =>
      /"(Ref|Fn::GetAtt)":\[?"Table"/.test(JSON.stringify(resource));
    expect(others.filter(refersToTable).map(([name]) => name)).toEqual([]);
  });
});

describe('the stage', () => {
  const stage = () => ofType('AWS::ApiGateway::Stage', stageSchema)[0];

  it('is one resource, and the deployment creates no other', () => {
    const [deployment] = ofType('AWS::ApiGateway::Deployment', v.looseObject({}));
    expect(deployment?.properties).not.toHaveProperty('StageName');
    expect(stage()?.properties).toMatchObject({
      StageName: 'test',
      DeploymentId: { Ref: deployment?.id },
      TracingEnabled: true,
    });
  });

  it('limits requests, and has no execution log', () => {
    expect(stage()?.properties.MethodSettings).toEqual([
      {
        ResourcePath: '/*',
        HttpMethod: '*',
        ThrottlingRateLimit: 100,
        ThrottlingBurstLimit: 200,
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
      },
    ]);
  });

  it('logs the address and the status of each request, and nothing that may contain a token', () => {
    const { Format, DestinationArn } = stage()?.properties.AccessLogSetting ?? {};
    const values = Object.values(v.parse(v.record(v.string(), v.string()), JSON.parse(Format ?? '')));
    expect(values.toSorted()).toEqual(ACCESS_LOG.toSorted());
    expect(DestinationArn).toEqual({ 'Fn::GetAtt': ['ApiGatewayAccessLogs', 'Arn'] });
    expect(stage()?.resource.DependsOn).toContain('ApiGatewayAccount');
  });

  it('has its URLs as outputs', () => {
    const { Outputs } = packaged.template;
    for (const name of ['TokenUrl', 'VerifyUrl', 'RefreshUrl', 'PostsUrl', 'TableName'])
      expect(Outputs).toHaveProperty(name);
    expect(JSON.stringify(Outputs.PostsUrl)).toContain('/test/api/blog/posts/');
  });
});

describe('logs', () => {
  it('of each function and of the gateway are kept for 30 days', () => {
    const groups = ofType(
      'AWS::Logs::LogGroup',
      v.object({ LogGroupName: v.string(), RetentionInDays: v.number() }),
    );
    const functions = NAMES.map((name) => `/aws/lambda/latchkey-test-${name.toLowerCase()}`);
    expect(groups.map(({ properties }) => properties.LogGroupName).toSorted()).toEqual(
      [...functions, '/aws/api-gateway/latchkey-test'].toSorted(),
    );
    for (const { properties } of groups) expect(properties.RetentionInDays).toBe(30);
  });
});

describe('alarms', () => {
  const alarms = () => ofType('AWS::CloudWatch::Alarm', alarmSchema);
  const named = (id: string) => alarms().find((alarm) => alarm.id === id)?.properties;

  it('notify the topic, and treat missing data as healthy', () => {
    for (const { properties } of alarms()) {
      expect(properties.AlarmActions).toEqual([{ Ref: 'AlarmTopic' }]);
      expect(properties.TreatMissingData).toBe('notBreaching');
    }
  });

  it.each([
    ['ServerErrorsAlarm', 'AWS/ApiGateway', '5XXError', { ApiName: 'latchkey-test', Stage: 'test' }],
    ['LatencyAlarm', 'AWS/ApiGateway', 'Latency', { ApiName: 'latchkey-test', Stage: 'test' }],
    [
      'AuthorizerFailuresAlarm',
      'AWS/Lambda',
      'Errors',
      { FunctionName: { Ref: 'AuthorizerLambdaFunction' } },
    ],
    ['RefreshReuseAlarm', 'Latchkey', 'refresh_reuse', { service: 'latchkey-test' }],
    ['FailedLoginsAlarm', 'Latchkey', 'login_refused', { service: 'latchkey-test' }],
  ])('%s watches %s %s', (id, namespace, metric, dimensions) => {
    const { Namespace, MetricName, Dimensions = [] } = named(id) ?? {};
    expect([Namespace, MetricName]).toEqual([namespace, metric]);
    expect(Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]))).toEqual(dimensions);
  });

  it('watch the metrics that the functions publish', () => {
    const lines: string[] = [];
    const metrics = createMetrics('latchkey-test', (line) => lines.push(line));
    metrics.count('login_refused');
    metrics.count('refresh_reuse');
    const written = lines.map((line) => v.parse(embeddedSchema, JSON.parse(line)));
    for (const { _aws, service } of written) {
      const [
        {
          Namespace,
          Dimensions,
          Metrics: [{ Name }],
        },
      ] = _aws.CloudWatchMetrics;
      const alarm = alarms().find(({ properties }) => properties.MetricName === Name)?.properties;
      expect(alarm?.Namespace).toBe(Namespace);
      expect(alarm?.Dimensions).toEqual([{ Name: Dimensions[0][0], Value: service }]);
    }
  });

  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
  it('watch throttled reads and writes of the table and of its index', () => {
    const watched = (named('TableThrottlesAlarm')?.Metrics ?? []).flatMap((metric) =>
      v.is(throttledSchema, metric) ? [metric.MetricStat.Metric] : [],
    );
    const table = [{ Name: 'TableName', Value: 'latchkey-test' }];
    const index = [...table, { Name: 'GlobalSecondaryIndexName', Value: 'listing' }];
    const expected = [table, index].flatMap((Dimensions) =>
      ['ReadThrottleEvents', 'WriteThrottleEvents'].map((MetricName) => ({
        Namespace: 'AWS/DynamoDB',
        MetricName,
        Dimensions,
      })),
    );
    expect(watched).toEqual(expected);
  });

  it('watch the throttles of each function of the API', () => {
    const watched = JSON.stringify(named('FunctionThrottlesAlarm')?.Metrics);
    // No login needs the description of the API and the page for trying it.
    for (const name of NAMES.filter((each) => !['Openapi', 'Docs'].includes(each)))
      expect(watched).toContain(`"${name}LambdaFunction"`);
    // An alarm of CloudWatch supports ten metrics and the expression.
    for (const { properties } of alarms()) expect(properties.Metrics?.length ?? 0).toBeLessThanOrEqual(11);
  });
});
