import { describe, expect, it } from 'vitest';
import { describeKept, describeOutputs } from '../../deploy/messages.ts';
import type { Stack } from '../../deploy/stack.ts';

const stackOf = (
  outputs: Readonly<Record<string, string>>,
  resources: Readonly<Record<string, string>> = {},
): Stack => ({
  name: 'latchkey-prod',
  status: 'UPDATE_COMPLETE',
  outputs: new Map(Object.entries(outputs)),
  resources: new Map(Object.entries(resources)),
});
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('describeOutputs', () => {
  const API = 'https://abc123.execute-api.eu-central-1.amazonaws.com/prod';

  it('names the URL and the table', () => {
    const stack = stackOf({ ApiUrl: API, TableName: 'latchkey-prod', TokenUrl: `${API}/api/token/` });
    expect(linesOf(describeOutputs(stack))).toEqual([
      `  API:          ${API}`,
      '  Table:        latchkey-prod',
    ]);
  });

  it('names the domain and the target of its DNS record', () => {
    const domain = {
      DomainUrl: 'https://api.example.com',
      DomainTarget: 'd-0a1b.execute-api.eu-central-1.amazonaws.com',
    };
    expect(linesOf(describeOutputs(stackOf(domain)))).toEqual([
      '  Domain:       https://api.example.com',
      '  DomainTarget: d-0a1b.execute-api.eu-central-1.amazonaws.com',
    ]);
  });
});

describe('describeKept', () => {
  const removed = {
    stage: 'prod',
    region: 'eu-west-1',
    JWT_SECRET_PARAMETER: '/latchkey/prod/jwt-secret-key',
  } as const;

  it('names the table of the stack and the secret, and the commands that use or delete them', () => {
    const lines = linesOf(describeKept(stackOf({ TableName: 'restored' }), removed));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Kept: the table restored,'),
        '  CREATE_TABLE=false TABLE_NAME=restored npm run deploy -- --stage prod',
        '  aws dynamodb delete-table --region eu-west-1 --table-name restored',
        expect.stringContaining('Kept: the secret in the parameter /latchkey/prod/jwt-secret-key.'),
        '  aws ssm delete-parameter --region eu-west-1 --name /latchkey/prod/jwt-secret-key',
      ]),
    );
  });

  it('names no table if the creation of the stack failed before the table was created', () => {
    const text = describeKept(stackOf({}), removed);
    expect(text).not.toContain('the table');
    expect(text).toContain('Kept: the secret');
  });

  it('names the log role of API Gateway only if the stack has it', () => {
    const role = { ApiGatewayLogsRole: 'latchkey-prod-logs-1' };
    expect(describeKept(stackOf({}, role), removed)).toContain('Kept: the role latchkey-prod-logs-1,');
    expect(describeKept(stackOf({}), removed)).not.toContain('Kept: the role');
  });
});
