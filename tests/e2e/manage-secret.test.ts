import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stageEnvironment } from '../support/aws.ts';
import { manage } from '../support/manage.ts';
import { startParameterStore, type TestParameterStore } from '../support/parameter-store.ts';

const PARAMETER = '/latchkey/prod/jwt-secret-key';
const DJANGO_SECRET = 'canary-secret-of-django-that-is-long-enough';

let store: TestParameterStore;
beforeAll(async () => {
  store = await startParameterStore();
});
afterEach(() => {
  store.values.clear();
  store.next.length = 0;
});
afterAll(() => store.close());

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  manage(['secret', 'create', ...args], {
    env: { ...stageEnvironment(), AWS_ENDPOINT_URL_SSM: store.endpoint, ...env },
  });
const STAGE = ['--stage', 'prod', '--yes'];
const target = () =>
  `Stage prod: account unknown, region eu-central-1, parameter ${PARAMETER}, endpoint ${store.endpoint}\n`;

describe('manage secret create', () => {
  it('stores a random secret, and never prints it', async () => {
    const { code, stdout, stderr } = await run(STAGE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: target() });
    expect(stdout).toBe(`The secret of prod is stored in ${PARAMETER} (eu-central-1).\n`);
    const secret = store.values.get(PARAMETER) ?? '';
    expect(secret).toMatch(/^[\w-]{86}$/);
    await run([...STAGE, '--replace']);
    expect(store.values.get(PARAMETER)).not.toBe(secret);
  });

  it('stores the secret of the environment with --from-env', async () => {
    const { code, stdout, stderr } = await run([...STAGE, '--from-env'], {
      JWT_SECRET_KEY: DJANGO_SECRET,
    });
    expect(code).toBe(0);
    expect(store.values.get(PARAMETER)).toBe(DJANGO_SECRET);
    expect(stdout + stderr).not.toContain(DJANGO_SECRET);
  });

  it('does not replace a stored secret without --replace', async () => {
    store.values.set(PARAMETER, DJANGO_SECRET);
    const { code, stderr } = await run(STAGE);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${target()}${PARAMETER} already contains a secret. Pass --replace to replace it; tokens that were signed with it are no longer valid.\n`,
    });
    expect(store.values.get(PARAMETER)).toBe(DJANGO_SECRET);
  });

  it.each([
    [[], {}, 2, 'Pass --stage.'],
    [['--stage', 'prod'], {}, 1, 'Standard input is not a terminal, so the command cannot ask. Pass --yes.'],
    [['--stage', 'prod', '--from-env'], { JWT_SECRET_KEY: 'canary' }, 1, 'JWT_SECRET_KEY is shorter'],
    [['--stage', 'prod', '--from-env'], { JWT_SECRET_KEY: '' }, 1, 'JWT_SECRET_KEY is not set'],
  ])('fails for %j with %j and exit code %i', async (args, env, expected, words) => {
    const { code, stderr } = await run(args, env);
    expect(code).toBe(expected);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('canary');
    expect(store.values.size).toBe(0);
  });
});
