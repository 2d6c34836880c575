import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, SETTING_DETAILS } from '../../lib/settings/details.ts';
import { stageNamed } from '../../manage/stage.ts';
import {
  defaultTemplate,
  type Package,
  type PackagedService,
  packageTemplate,
} from '../support/package-service.ts';
import { EVERY_SETTING, SERVICE_SETTINGS } from '../support/template-settings.ts';

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

let unset: Package;
beforeAll(async () => {
  unset = await defaultTemplate();
});

/** Packages the stage once for the tests of a group. */
function packagedWith(settings: Readonly<Record<string, string>>): { current(): PackagedService } {
  let packaged: PackagedService;
  beforeAll(async () => {
    packaged = await packageTemplate('test', settings);
  });
  afterAll(() => packaged.remove());
  return { current: () => packaged };
}

const deploymentOf = ({ template }: Package) =>
  Object.keys(template.Resources).find((name) => name.startsWith('ApiGatewayDeployment'));

// settings.long.test.ts packages with empty variables and with settings that are not valid.
describe('the template with the default settings', () => {
  const resources = () => unset.template.Resources;

  it('has no conditions, and no resources for settings that are off', () => {
    expect(JSON.stringify(unset.template)).not.toMatch(/Fn::If|AWS::NoValue/);
    for (const id of ['WebAcl', 'WebAclAssociation', 'ApiDomain', 'ApiMapping', 'AlarmSubscription']) {
      expect(resources()).not.toHaveProperty(id);
    }
    expect(unset.template.Outputs).not.toHaveProperty('DomainTarget');
    expect(resources().ObtainLambdaFunction?.Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has no docs page', () => {
    expect(JSON.stringify(unset.template)).not.toMatch(/docs/i);
  });

  it('creates the table', () => {
    expect(resources().Table?.Properties.TableName).toBe('latchkey-test');
  });

  it('has the names and the region that manage --stage uses', () => {
    const { region, tableName, secretParameter } = stageNamed('test', {});
    expect(resources().Table?.Properties.TableName).toBe(tableName);
    expect(resources().VerifyLambdaFunction?.Properties.Environment).toMatchObject({
      Variables: { TABLE_NAME: tableName, JWT_SECRET_PARAMETER: secretParameter },
    });
    expect(unset.region).toBe(region);
  });
});

describe('the template with the fewest resources', () => {
  const packaged = packagedWith({
    CREATE_TABLE: 'false',
    OBTAIN_RESERVED_CONCURRENCY: 'none',
    API_RATE_LIMIT: '7',
  });

  it('uses the existing table', () => {
    const { Resources, Outputs } = packaged.current().template;
    expect(Resources).not.toHaveProperty('Table');
    expect(Outputs.TableName?.Value).toBe('latchkey-test');
  });

  it('has the same deployment of the API, which contains none of these settings', () => {
    expect(deploymentOf(unset)).toMatch(/^ApiGatewayDeployment[0-9a-f]{16}$/);
    expect(deploymentOf(packaged.current())).toBe(deploymentOf(unset));
  });
});

describe('the template with every setting', () => {
  const packaged = packagedWith(EVERY_SETTING);
  const resources = () => packaged.current().template.Resources;

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
      POWERTOOLS_SERVICE_NAME: 'latchkey-test',
      TABLE_NAME: 'users-of-prod',
    };
    expect({ ...SERVICE_SETTINGS, ...ofStage }).toMatchObject(given);
  });

  it('has another deployment of the API, whose gateway responses contain JWT_AUTH_HEADER_PREFIX', () => {
    expect(deploymentOf(packaged.current())).not.toBe(deploymentOf(unset));
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
