import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { closedEndpoint, stageEnvironment, startAws, type TestAws } from '../support/aws.ts';
import { hasTerminal, manage, manageAtTerminal } from '../support/manage.ts';
import { CHANGING_CALLS, READING_CALLS } from '../support/manage-commands.ts';
import { postOf } from '../support/posts.ts';

const STAGE = ['--stage', 'prod'];

let table: TestTable;
let aws: TestAws;
let environment: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  [table, aws] = await Promise.all([createTestTable(), startAws()]);
  environment = {
    ...stageEnvironment({ dynamodb: table.endpoint, sts: aws.endpoint }),
    TABLE_NAME: table.name,
    // A variable for local data. It must not redirect a stage.
    DYNAMODB_ENDPOINT: await closedEndpoint(),
  };
  const users = createUserRepository(table);
  await users.create(userOf());
  await users.create(userOf({ id: 2, username: 'left' }));
  for (const pk of [1, 2, 3]) await createPostRepository(table).put(postOf({ pk }));
});
afterAll(async () => {
  await aws.close();
  await table.remove();
});
beforeEach(() => {
  aws.sts = undefined;
  aws.calls.length = 0;
});

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  manage(args, { env: { ...environment, ...env }, input: 'canary-password-of-a-stage' });
const target = (account = 'account 123456789012') =>
  `Stage prod: ${account}, region eu-central-1, table ${table.name}, endpoint ${table.endpoint}\n`;

/** All items of the table. */
const contents = async () => (await table.client.send(new ScanCommand({ TableName: table.name }))).Items;

describe('manage --stage', () => {
  // tests/unit/manage-program.test.ts has all commands.
  it.each(CHANGING_CALLS.filter(([name]) => name === 'createsuperuser' || name === 'loaddata'))(
    '%s %s changes nothing without a terminal and without --yes',
    async (...args) => {
      const before = await contents();
      expect(await run([...args, ...STAGE])).toEqual({
        code: 1,
        stdout: '',
        stderr: 'Standard input is not a terminal, so the command cannot ask. Pass --yes.\n',
      });
      expect(await contents()).toEqual(before);
      expect(aws.calls).toEqual([]);
    },
  );

  it.each(READING_CALLS)(
    '%s %s writes account, region and table to standard error, and does not ask',
    async (...args) => {
      const before = await contents();
      const { code, stdout, stderr } = await run([...args, ...STAGE]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: target() });
      expect(stdout).not.toContain('Stage prod');
      expect(await contents()).toEqual(before);
      expect(aws.calls).toEqual(['GetCallerIdentity']);
    },
  );

  it('accepts --yes before or after the command', async () => {
    expect(await run(['--yes', 'users', 'disable', 'deku', ...STAGE])).toEqual({
      code: 0,
      stdout: 'deku is disabled. All sessions have ended.\n',
      stderr: target(),
    });
    expect(await run(['users', 'enable', 'deku', '--yes', ...STAGE])).toMatchObject({ code: 0 });
    expect(await run(['posts', 'delete', '2', '--yes', ...STAGE])).toMatchObject({ code: 0 });
    expect(await run(['--yes', ...STAGE, 'users', 'delete', 'left'])).toMatchObject({ code: 0 });
    expect(await createUserRepository(table).findAccount('left')).toBeUndefined();
  });

  it('uses AWS_ENDPOINT_URL if AWS_ENDPOINT_URL_DYNAMODB is not set', async () => {
    const env = { AWS_ENDPOINT_URL: table.endpoint, AWS_ENDPOINT_URL_DYNAMODB: '' };
    expect(await run(['users', 'list', ...STAGE], env)).toMatchObject({ code: 0, stderr: target() });
  });

  it.each([
    ['TABLE_NAME', 'latchkey prod'],
    ['JWT_SECRET_PARAMETER', 'no-leading-slash'],
  ])('rejects a %s that is not valid instead of using the default', async (name, value) => {
    const { code, stdout, stderr } = await run(['users', 'list', ...STAGE], { [name]: value });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${name} is not`);
    expect(stderr).not.toContain(value);
    expect(aws.calls).toEqual([]);
  });

  it('rejects an empty --stage, such as an unset shell variable', async () => {
    const rejected = await run(['users', 'list', '--stage', '']);
    expect(rejected).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('A stage name is a lower-case letter'),
    });
  });
});

describe.skipIf(!hasTerminal)('manage --stage at a terminal', () => {
  it('changes nothing if the answer is no', async () => {
    const before = await contents();
    const { code, screen } = await manageAtTerminal(['users', 'disable', 'deku', ...STAGE], {
      question: 'Stage prod: Change its data?',
      answer: 'n',
      env: environment,
    });
    expect(screen).toContain(`account 123456789012, region eu-central-1, table ${table.name}`);
    expect(screen).toContain('Nothing was changed.');
    expect(code).toBe(1);
    expect(await contents()).toEqual(before);
  });

  it('asks once before it deletes, and deletes if the answer is yes', async () => {
    const question = 'Stage prod: Delete post 3, "Post 3"?';
    const { code, screen } = await manageAtTerminal(['posts', 'delete', '3', ...STAGE], {
      question,
      answer: 'y',
      env: environment,
    });
    expect(screen).toContain(question);
    expect(screen).toContain('Post 3 was deleted.');
    expect(code).toBe(0);
    expect(await createPostRepository(table).find(3)).toBeUndefined();
  });
});

describe('the account that manage --stage prints', () => {
  it('is unknown if STS denies the request, and the command continues', async () => {
    aws.sts = { status: 403, type: 'AccessDenied' };
    const { code, stderr } = await run(['users', 'list', ...STAGE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: target('account unknown') });
  });

  it('is not requested if the endpoint of DynamoDB is not operated by AWS', async () => {
    const { code, stderr } = await run(['users', 'list', ...STAGE], { AWS_ENDPOINT_URL_STS: '' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: target('account unknown') });
  });

  it('is not printed if STS rejects the credentials: the command fails', async () => {
    const before = await contents();
    aws.sts = { status: 403, type: 'ExpiredToken' };
    expect(await run(['users', 'disable', 'deku', '--yes', ...STAGE])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The AWS credentials have expired. Log in to AWS again.\n',
    });
    expect(await contents()).toEqual(before);
  });
});
