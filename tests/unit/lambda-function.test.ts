import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LambdaFunction } from '../../local/gateway/lambda-function.ts';

const DEFINITION = {
  name: 'service-local-one',
  memoryMegabytes: 256,
  timeoutSeconds: 10,
  region: 'eu-central-1',
  environment: { LAMBDA_TEST_OWN: 'of one' },
};
const NAMES = ['_HANDLER', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_LAMBDA_FUNCTION_NAME', 'LAMBDA_TEST_OWN'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-function-'));
  // Restores the variables that an invocation sets.
  for (const name of NAMES) vi.stubEnv(name, '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Writes a module, and returns a function whose handler is its export. */
async function functionOf(source: string, definition: object = {}, name = 'one') {
  await writeFile(join(folder, `${name}.mjs`), source);
  return new LambdaFunction({ ...DEFINITION, handler: `${name}.handler`, ...definition }, folder);
}

describe('a function of the local gateway', () => {
  it('loads its module once', async () => {
    const counting = await functionOf(
      'let loaded = 0; loaded += 1; export const handler = async () => loaded;',
    );
    expect([await counting.invoke({}), await counting.invoke({})]).toEqual([1, 1]);
  });

  it('receives the event and a context', async () => {
    const source = `export const handler = async (event, context) => [event, context.functionName, context.memoryLimitInMB,
      context.awsRequestId.length, context.getRemainingTimeInMillis() > 0];`;
    const given = await functionOf(source);
    expect(await given.invoke({ a: 1 })).toEqual([{ a: 1 }, 'service-local-one', '256', 36, true]);
  });

  it('has its own environment variables when its module is loaded and at each invocation', async () => {
    const source =
      'const first = process.env.LAMBDA_TEST_OWN; export const handler = () => [first, process.env.LAMBDA_TEST_OWN];';
    const one = await functionOf(source);
    const two = await functionOf(source, { environment: { LAMBDA_TEST_OWN: 'of two' } }, 'two');
    const results = [await one.invoke({}), await two.invoke({}), await one.invoke({})];
    expect(results).toEqual([
      ['of one', 'of one'],
      ['of two', 'of two'],
      ['of one', 'of one'],
    ]);
  });

  it('throws the error of its handler', async () => {
    const source = "export const handler = () => { throw new Error('on purpose'); };";
    await expect((await functionOf(source)).invoke({})).rejects.toThrow('on purpose');
  });

  it('throws if its handler exceeds the timeout', async () => {
    const source = 'export const handler = () => new Promise(() => {});';
    const slow = await functionOf(source, { timeoutSeconds: 0.01 });
    await expect(slow.invoke({})).rejects.toThrow('service-local-one timed out after 0.01 seconds');
  });

  it('throws if its module or its export is missing, until they exist', async () => {
    const late = new LambdaFunction({ ...DEFINITION, handler: 'late.handler' }, folder);
    await expect(late.invoke({})).rejects.toThrow('the module of the handler late.handler does not exist');
    await expect((await functionOf('export {};')).invoke({})).rejects.toThrow(
      'does not export the function handler',
    );
    await writeFile(join(folder, 'late.mjs'), 'export const handler = () => 7;');
    expect(await late.invoke({})).toBe(7);
  });
});
