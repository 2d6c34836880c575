import { describe, expect, it } from 'vitest';
import { describeKept } from '../../deploy/messages.ts';

const REMOVED = {
  stage: 'prod',
  region: 'eu-central-1',
  JWT_SECRET_PARAMETER: '/latchkey/prod/jwt-secret-key',
};

describe('describeKept', () => {
  it('names the table that the stage used, whatever the environment names now', () => {
    const outputs = new Map([['TableName', 'latchkey-prod-2']]);
    const text = describeKept({ status: 'UPDATE_COMPLETE', outputs, resources: new Map() }, REMOVED);
    expect(text).toContain('Kept: the table latchkey-prod-2,');
    expect(text).toContain('Kept: the secret in the parameter /latchkey/prod/jwt-secret-key.');
  });

  it('names no table if the creation of the stack failed before there was one', () => {
    const stack = { status: 'ROLLBACK_COMPLETE', outputs: new Map(), resources: new Map() };
    const text = describeKept(stack, REMOVED);
    expect(text).not.toContain('the table');
    expect(text).toContain('Kept: the secret');
  });
});
