import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FUNCTIONS, SETTING_DETAILS } from '../../lib/settings/details.ts';
import { lambdaContext } from '../../tools/harness/events.ts';
import { moduleOf } from '../../tools/harness/packaged-function.ts';

const { names } = vi.hoisted(() => ({ names: new Set<string>() }));

// Records the names of the settings that are read, and reads them. The environment itself cannot tell: a function checks
// all settings that are set, including those that it does not use.
vi.mock(import('../../lib/settings/read.ts'), async (original) => {
  const actual = await original();
  const readSettings: typeof actual.readSettings = (read, ...rest) => {
    for (const name of read) names.add(name);
    return actual.readSettings(read, ...rest);
  };
  return { ...actual, readSettings };
});

beforeEach(() => {
  // A new execution environment. It has what Lambda and a deployment always set.
  vi.resetModules();
  names.clear();
  for (const name of Object.keys(SETTING_DETAILS)) vi.stubEnv(name, undefined);
  vi.stubEnv('TABLE_NAME', 'latchkey-test');
  vi.stubEnv('JWT_SECRET_PARAMETER', '/latchkey/test/secret');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1');
});
afterEach(() => vi.unstubAllEnvs());

/** The settings that a deployment sets. Lambda sets the others, or they are only for local use. */
const ofDeployment = Object.entries(SETTING_DETAILS).filter(([, { functions }]) => functions.length > 0);

it.each(FUNCTIONS)('%s reads the settings that it receives, and no other one', async (name) => {
  const received = ofDeployment.filter(([, { functions }]) => functions.includes(name)).map(([one]) => one);
  const { handler } = await import(`../../functions/${moduleOf(name)}.ts`);
  // Not an event of API Gateway: the handler is created, and responds without a call.
  await Promise.resolve(handler({}, lambdaContext())).catch(() => {});
  const read = ofDeployment.map(([one]) => one).filter((one) => names.has(one));
  expect(read).toEqual(received);
});
