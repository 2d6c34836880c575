import { describe, expect, it } from 'vitest';
import type { Template } from '../../deploy/cloudformation.ts';
import { resolveConditions } from '../../deploy/conditions.ts';

const templateWith = (isOn: string): Template => ({
  Conditions: {
    IsOn: { 'Fn::Equals': [isOn, 'true'] },
    IsOff: { 'Fn::Not': [{ 'Fn::Equals': [isOn, 'true'] }] },
  },
  Resources: {
    Topic: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: { 'Fn::If': ['IsOn', 'on', 'off'] },
        Tags: { 'Fn::If': ['IsOff', [], { Ref: 'AWS::NoValue' }] },
      },
    },
    Policy: { Type: 'AWS::SNS::TopicPolicy', Condition: 'IsOn' },
  },
  Outputs: {
    Name: { Value: { 'Fn::If': ['IsOn', 'on', 'off'] } },
    Only: { Condition: 'IsOff', Value: 'off' },
  },
});
const resolved = (isOn: string) => {
  const template = templateWith(isOn);
  resolveConditions(template);
  return template;
};

describe('resolveConditions', () => {
  it('keeps the resources and outputs whose conditions are true', () => {
    expect(resolved('true')).toEqual({
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'on' } },
        Policy: { Type: 'AWS::SNS::TopicPolicy' },
      },
      Outputs: { Name: { Value: 'on' } },
    });
    expect(resolved('false')).toEqual({
      Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'off', Tags: [] } } },
      Outputs: { Name: { Value: 'off' }, Only: { Value: 'off' } },
    });
  });

  it('rejects a condition that does not compare two literals', () => {
    const template: Template = {
      Conditions: { IsOn: { 'Fn::Equals': [{ Ref: 'Stage' }, 'x'] } },
      Resources: {},
    };
    expect(() => resolveConditions(template)).toThrow('The condition IsOn does not compare two literals.');
  });

  it('rejects a reference to an unknown condition', () => {
    const template: Template = { Resources: { Topic: { Type: 'AWS::SNS::Topic', Condition: 'IsOn' } } };
    expect(() => resolveConditions(template)).toThrow('The template has no condition IsOn.');
  });
});
