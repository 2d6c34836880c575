import { describe, expect, it } from 'vitest';
import type { Template } from '../../deploy/cloudformation.ts';
import { finishTemplate } from '../../deploy/template.ts';

const FRAMEWORK_NAME = 'ApiGatewayDeployment1795698160331';

/** Returns a template as the framework compiles it, with one resource of each type that a deployment captures. */
const compiled = (): Template => ({
  Resources: {
    Table: { Type: 'AWS::DynamoDB::Table', Condition: 'CreatesTable', Properties: {} },
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: {} },
    Path: { Type: 'AWS::ApiGateway::Resource', Properties: {} },
    Get: { Type: 'AWS::ApiGateway::Method', Properties: {} },
    Authorizer: { Type: 'AWS::ApiGateway::Authorizer', Properties: {} },
    NotFound: { Type: 'AWS::ApiGateway::GatewayResponse', Properties: {} },
    [FRAMEWORK_NAME]: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: ['Get'],
      Properties: { StageName: 'prod' },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { DeploymentId: { Ref: 'ApiGatewayDeployment' } },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: { Threshold: { 'Fn::If': ['HasAlarm', 1, { Ref: 'AWS::NoValue' }] } },
    },
  },
  Outputs: { Domain: { Condition: 'HasAlarm', Value: '' }, Deployment: { Value: { Ref: FRAMEWORK_NAME } } },
  Conditions: {
    CreatesTable: { 'Fn::Equals': ['true', 'true'] },
    HasAlarm: { 'Fn::Not': [{ 'Fn::Equals': ['', ''] }] },
  },
});

/** Returns the finished template and the name of its deployment, optionally after adding a property to one resource. */
function finished(changed?: string) {
  const template = compiled();
  const resource = template.Resources[changed ?? ''];
  if (resource?.Properties !== undefined) Object.assign(resource.Properties, { Changed: true });
  finishTemplate(template);
  const [deployment = ''] = Object.keys(template.Resources).filter((name) => /Deployment/.test(name));
  return { ...template, deployment };
}

describe('finishTemplate', () => {
  it.each(['Api', 'Path', 'Get', 'Authorizer', 'NotFound'])(
    'renames the deployment if the resource %s changes',
    (name) => {
      expect(finished(name).deployment).not.toBe(finished().deployment);
    },
  );

  it.each(['Table', 'Stage', 'Alarm'])(
    'keeps the name of the deployment if the resource %s changes',
    (name) => {
      expect(finished(name).deployment).toBe(finished().deployment);
    },
  );

  it('renames the deployment in every reference', () => {
    const { Resources, Outputs, deployment } = finished();
    expect(deployment).not.toBe(FRAMEWORK_NAME);
    expect(Resources.Stage?.Properties).toEqual({ DeploymentId: { Ref: deployment } });
    expect(Outputs).toEqual({ Deployment: { Value: { Ref: deployment } } });
    expect(Resources[deployment]?.Properties).toEqual({});
  });

  it('creates the table after every other resource', () => {
    const { Resources } = finished();
    const others = Object.keys(Resources).filter((name) => name !== 'Table');
    expect(Resources.Table?.DependsOn).toEqual(others);
  });

  it('leaves no conditions', () => {
    const { Resources, Conditions } = finished();
    expect(Conditions).toBeUndefined();
    expect(Resources.Table).not.toHaveProperty('Condition');
    expect(Resources.Alarm?.Properties).toEqual({});
  });
});
