import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETTING_DETAILS } from '../../lib/settings/details.ts';
import { FUNCTIONS } from '../../lib/settings/setting.ts';
import { type PackagedService, packageTemplate } from '../support/package-service.ts';
import { hasLinter, LINTER_MISSING, lint } from '../support/template-linter.ts';

/** A valid value for each setting that functions read. */
const SERVICE_SETTINGS: Readonly<Record<string, string>> = {
  CORS_ALLOWED_HEADERS: 'x-app-version',
  CORS_ALLOWED_ORIGINS: 'https://app.example.com',
  JWT_ALGORITHM: 'HS512',
  JWT_ALLOW_REFRESH: 'false',
  JWT_AUDIENCE: 'app',
  JWT_AUTH_HEADER_PREFIX: 'Token',
  JWT_EXPIRATION_DELTA: '300',
  JWT_ISSUER: 'latchkey',
  JWT_LEEWAY: '5',
  JWT_REFRESH_AFTER_EXPIRY: 'true',
  JWT_REFRESH_EXPIRATION_DELTA: '600',
  LOGIN_REFUSAL_STEP_MS: '500',
  PASSWORD_MAX_LENGTH: '256',
  PASSWORD_MIN_LENGTH: '15',
  REFRESH_REUSE_DETECTION: 'always',
  REFRESH_REUSE_SECONDS: '60',
  RESPONSE_USER: 'true',
  SERVICE_NAME: 'my-service',
  SESSIONS_PER_USER: '5',
  THROTTLE_ACCOUNT_FAILURES: '50',
  THROTTLE_ADDRESS_FAILURES: '100',
  THROTTLE_ADDRESS_SECONDS: '60',
  THROTTLE_PAIR_FAILURES: '5',
  THROTTLE_PAIR_SECONDS: '60',
  TRUSTED_PROXY_HEADER: 'True-Client-IP',
  TRUSTED_PROXY_SECRET_SHA256: 'a'.repeat(64),
};

const EVERY_SETTING = {
  ...SERVICE_SETTINGS,
  ALARM_EMAIL: 'ops@example.com',
  ALARM_FAILED_LOGINS: '500',
  API_BURST_LIMIT: '6000',
  API_CERTIFICATE_ARN:
    'arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012',
  API_DOMAIN: 'api.example.com',
  API_RATE_LIMIT: '5000',
  AUTHORIZER_RESULT_TTL_SECONDS: '300',
  JWT_SECRET_PARAMETER: '/prod/secret',
  LOG_RETENTION_DAYS: '90',
  OBTAIN_RESERVED_CONCURRENCY: '80',
  TABLE_NAME: 'users-of-prod',
  WAF_RATE_LIMIT: '2000',
};

const webAclSchema = v.object({
  Rules: v.tuple([
    v.looseObject({
      Statement: v.unknown(),
      Action: v.object({
        Block: v.object({
          CustomResponse: v.object({
            ResponseCode: v.number(),
            CustomResponseBodyKey: v.string(),
            ResponseHeaders: v.array(v.object({ Name: v.string(), Value: v.string() })),
          }),
        }),
      }),
    }),
  ]),
  CustomResponseBodies: v.record(v.string(), v.object({ ContentType: v.string(), Content: v.string() })),
});
const throttledSchema = v.object({
  ResponseParameters: v.record(v.string(), v.string()),
  ResponseTemplates: v.object({ 'application/json': v.string() }),
});

const environmentSchema = v.object({
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
});
/** Packages a stage once for the tests of a group. */
function packagedWith(settings: Readonly<Record<string, string>>): { current(): PackagedService } {
  let packaged: PackagedService;
  beforeAll(async () => {
    packaged = await packageTemplate('prod', settings);
  });
  afterAll(() => packaged.remove());
  return { current: () => packaged };
}

describe('the template with the default settings', () => {
  const packaged = packagedWith({});
  const resources = () => packaged.current().template.Resources;

  it('has no conditions, and no resources for settings that are off', () => {
    expect(JSON.stringify(packaged.current().template)).not.toMatch(/Fn::If|AWS::NoValue/);
    for (const id of ['WebAcl', 'WebAclAssociation', 'ApiDomain', 'ApiMapping', 'AlarmSubscription']) {
      expect(resources()).not.toHaveProperty(id);
    }
    expect(packaged.current().template.Outputs).not.toHaveProperty('DomainTarget');
    expect(resources().ObtainLambdaFunction?.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('creates the table', () => {
    expect(resources().Table?.Properties.TableName).toBe('latchkey-prod');
  });

  it('is the same if the variables are empty', async () => {
    const empty = Object.fromEntries(Object.keys(EVERY_SETTING).map((name) => [name, '']));
    const other = await packageTemplate('prod', empty);
    await other.remove();
    // The framework names a folder by the current time.
    const textOf = (value: unknown) => JSON.stringify(value).replace(/\d{13}(-[\d.:TZ-]+)?/g, 'now');
    expect(textOf(other.template)).toBe(textOf(packaged.current().template));
  });
});

describe('the template with the fewest resources', () => {
  const packaged = packagedWith({ CREATE_TABLE: 'false', OBTAIN_RESERVED_CONCURRENCY: 'none' });

  it('uses the existing table', () => {
    const { Resources, Outputs } = packaged.current().template;
    expect(Resources).not.toHaveProperty('Table');
    expect(Outputs.TableName?.Value).toBe('latchkey-prod');
  });
});

describe('the template with every setting', () => {
  const packaged = packagedWith(EVERY_SETTING);
  const resources = () => packaged.current().template.Resources;

  it.skipIf(!hasLinter)(`passes the linter of CloudFormation${LINTER_MISSING}`, async () => {
    expect(await lint(packaged.current())).toBe('');
  });

  it.each(FUNCTIONS)('passes only the settings to %s that it reads', (name) => {
    const given = v.parse(
      environmentSchema,
      resources()[`${name[0]?.toUpperCase()}${name.slice(1)}LambdaFunction`]?.Properties,
    ).Environment.Variables;
    const read = Object.entries(SETTING_DETAILS).filter(([, { functions }]) =>
      functions.some((each) => each === name),
    );
    expect(Object.keys(given).sort()).toEqual(read.map(([variable]) => variable).sort());
    const ofStage = {
      JWT_SECRET_PARAMETER: '/prod/secret',
      POWERTOOLS_SERVICE_NAME: 'latchkey-prod',
      TABLE_NAME: 'users-of-prod',
    };
    expect({ ...SERVICE_SETTINGS, ...ofStage }).toMatchObject(given);
  });

  it('contains numbers, not texts, for numeric settings', () => {
    expect(resources().ApiGatewayStage?.Properties.MethodSettings).toMatchObject([
      { ThrottlingRateLimit: 5000, ThrottlingBurstLimit: 6000 },
    ]);
    expect(resources().ObtainLambdaFunction?.Properties.ReservedConcurrentExecutions).toBe(80);
    expect(resources().FailedLoginsAlarm?.Properties.Threshold).toBe(500);
    expect(resources().AuthorizerApiGatewayAuthorizer?.Properties.AuthorizerResultTtlInSeconds).toBe(300);
    expect(resources().ObtainLogGroup?.Properties.RetentionInDays).toBe(90);
  });

  it('contains the domain, the table and the e-mail address for alarms', () => {
    expect(resources().ApiDomain?.Properties.DomainName).toBe('api.example.com');
    expect(resources().ApiMapping?.Properties).toMatchObject({
      DomainName: { Ref: 'ApiDomain' },
      Stage: { Ref: 'ApiGatewayStage' },
    });
    expect(packaged.current().template.Outputs).toHaveProperty('DomainTarget');
    expect(resources().Table?.Properties.TableName).toBe('users-of-prod');
    expect(resources().AlarmSubscription?.Properties.Endpoint).toBe('ops@example.com');
  });

  it('creates the table last, also after the resources of optional settings', () => {
    expect(resources().Table?.DependsOn).toEqual(
      expect.arrayContaining(['ApiMapping', 'AlarmSubscription', 'WebAclAssociation']),
    );
  });

  it('limits the request rate of each IP address', () => {
    const { Rules } = v.parse(webAclSchema, resources().WebAcl?.Properties);
    expect(Rules[0].Statement).toEqual({
      RateBasedStatement: { AggregateKeyType: 'IP', EvaluationWindowSec: 300, Limit: 2000 },
    });
  });

  it('responds above the limit of an IP address like above the limit of the stage', () => {
    const { WebAcl, GatewayResponseThrottled } = resources();
    const { Rules, CustomResponseBodies } = v.parse(webAclSchema, WebAcl?.Properties);
    const throttled = v.parse(throttledSchema, GatewayResponseThrottled?.Properties);
    const { ResponseCode, CustomResponseBodyKey, ResponseHeaders } = Rules[0].Action.Block.CustomResponse;
    expect(ResponseCode).toBe(429);
    expect(CustomResponseBodies[CustomResponseBodyKey]).toEqual({
      ContentType: 'APPLICATION_JSON',
      Content: throttled.ResponseTemplates['application/json'],
    });
    const headers = Object.entries(throttled.ResponseParameters).map(([name, value]) => [
      name.replace('gatewayresponse.header.', ''),
      value.slice(1, -1),
    ]);
    expect(Object.fromEntries(ResponseHeaders.map(({ Name, Value }) => [Name, Value]))).toEqual({
      ...Object.fromEntries(headers),
      // The evaluation window: after this time without requests, the address is unblocked.
      'Retry-After': '300',
    });
  });
});

describe('settings that are not valid', () => {
  it('are all reported, and nothing is packaged', async () => {
    const packaging = packageTemplate('test', { API_RATE_LIMIT: 'fast', OBTAIN_RESERVED_CONCURRENCY: 'abc' });
    await expect(packaging).rejects.toMatchObject({
      stdout: expect.stringMatching(/OBTAIN_RESERVED_CONCURRENCY is neither .*\n.*API_RATE_LIMIT is not/),
    });
  });
});
