import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stageEnvironment } from '../support/aws.ts';
import { copyWithEmptyFunctions } from '../support/package-service.ts';
import { builtRoot, copyPrograms } from '../support/programs.ts';
import { runScript } from '../support/run-script.ts';

type Environment = Readonly<Record<string, string>>;

const runBuilt = (args: readonly string[], env: Environment = {}, root = builtRoot()) =>
  runScript(root, ['deploy/index.mjs', ...args], env);

describe('npm run deploy', () => {
  let root: string;
  beforeAll(async () => {
    root = await copyWithEmptyFunctions();
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const run = (args: readonly string[], env: Environment) => runBuilt(args, env, root);

  /** The output before the first check. */
  const HEAD = 'Deploying latchkey to stage test (eu-central-1)';
  const deploy = async (env: Environment) => {
    const { code, output } = await run(['deploy', '--stage', 'test'], { NO_COLOR: '1', ...env });
    return { code, output: output.trim() };
  };

  // deploy.long.test.ts has an AWS that cannot be reached.
  it('prints only the problem, before it packages, without credentials', async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...environment } = stageEnvironment();
    expect(await deploy(environment)).toEqual({
      code: 1,
      output: `${HEAD}\nNo AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role.`,
    });
  });

  it('prints only the problem, before it packages, if AWS_PROFILE names no profile', async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...environment } = stageEnvironment();
    expect(await deploy({ ...environment, AWS_PROFILE: 'unknown' })).toEqual({
      code: 1,
      output: `${HEAD}\nThe AWS profile unknown does not exist, or it has no credentials. Check AWS_PROFILE and ~/.aws/config.`,
    });
  });

  it('prints only the problems of settings that are not valid', async () => {
    const environment = { TABLE_NAME: 'no table', WAF_RATE_LIMIT: 'many', JWT_SECRET: 'canary' };
    expect(await deploy({ ...stageEnvironment(), ...environment })).toEqual({
      code: 1,
      output: expect.stringMatching(
        /^Deploying .*\nJWT_SECRET is not a setting and .*\nThe settings are not valid:\n {2}TABLE_NAME is .*\n {2}WAF_RATE_LIMIT is .*$/,
      ),
    });
  });

  it('fails in one sentence if it cannot write the artifacts', async () => {
    const file = join(root, '.serverless');
    await rm(file, { recursive: true, force: true });
    await writeFile(file, '');
    const { code, output } = await run(['package', '--stage', 'test'], stageEnvironment());
    await rm(file);
    expect(code).toBe(1);
    expect(output).toContain('.serverless exists and is not a folder.');
    expect(output).not.toMatch(/^ +at /m);
  });
});

describe('the deployment commands', () => {
  it.each(['package', 'deploy', 'info', 'logs', 'rollback', 'remove'])(
    '%s prints its help with an example',
    async (name) => {
      const { code, output } = await runBuilt([name, '--help']);
      expect(code).toBe(0);
      expect(output).toContain('--stage <name>');
      expect(output).toMatch(new RegExp(`^Example: npm run ${name} -- .*--stage prod`, 'm'));
    },
  );

  // tests/support/wrong-input.ts has more.
  it('exit with 2 for wrong arguments', async () => {
    expect((await runBuilt(['deploy', '--no-such-option'])).code).toBe(2);
  });

  it('remove nothing without a terminal and without --yes', async () => {
    const { code, output } = await runBuilt(['remove', '--stage', 'test'], stageEnvironment());
    expect(code).toBe(1);
    expect(output).toContain('Nothing was removed. Without a terminal, pass --yes.');
  });
});

describe('the deployment commands pass to the framework', () => {
  let root: string;
  beforeAll(async () => {
    root = await copyPrograms();
    // Resolved before the one in node_modules of the project.
    const framework = join(root, 'deploy', 'node_modules', 'serverless');
    await mkdir(join(framework, 'bin'), { recursive: true });
    await writeFile(join(framework, 'package.json'), '{}');
    await writeFile(
      join(framework, 'bin', 'serverless.js'),
      "process.stdout.write(process.argv.slice(2).join(' '))",
    );
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it.each([
    ['package --stage prod', 'package --stage prod'],
    ['deploy', 'deploy --stage dev'],
    ['deploy --stage prod --region eu-west-1', 'deploy --stage prod --region eu-west-1'],
    ['deploy --stage prod --force', 'deploy --stage prod --force'],
    [
      'logs obtain --stage prod --tail --since 1h --filter error',
      'logs --function obtain --stage prod --tail --filter error --startTime 1h',
    ],
    ['rollback --stage prod --to 1795698160331', 'rollback --timestamp 1795698160331 --stage prod'],
    ['remove --stage prod --yes', 'remove --stage prod'],
  ])('for %s: %s', async (given, passed) => {
    expect(await runBuilt(given.split(' '), {}, root)).toEqual({ code: 0, output: passed });
  });
});
