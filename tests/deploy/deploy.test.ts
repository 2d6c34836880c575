import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, RestoreTableToPointInTimeCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE } from '../../contract/cases.ts';
import PASSWORDS from '../../contract/passwords.json' with { type: 'json' };
import type { CommandResult } from '../support/run-script.ts';
import { type Emulator, findMissing, startEmulator } from './emulator.ts';
import { Stage } from './stage.ts';

const TIMEOUT_MS = 600_000;
const SMOKE_PASSED = /^(7[3-9]|[89]\d|\d{3,}) passed, 0 failed, 0 skipped/m;

const missing = await findMissing();

describe.skipIf(missing !== undefined)(`a deployment to an emulator${missing ? ` (${missing})` : ''}`, () => {
  let emulator: Emulator;
  const stages: Stage[] = [];

  beforeAll(async () => {
    emulator = await startEmulator();
  }, 90_000);
  afterAll(async () => {
    await Promise.all(stages.map((stage) => stage.discard()));
    await emulator?.stop();
  });

  /** Creates a stage with its signing secret, without deploying it. */
  async function newStage(name: string): Promise<Stage> {
    const stage = await Stage.create(name, emulator);
    stages.push(stage);
    succeeded(await stage.manage(['secret', 'create']));
    return stage;
  }

  it(
    'serves the API with imported users, prints its URL, and skips a deployment without changes',
    async () => {
      const stage = await newStage('first');
      const deployed = succeeded(await stage.deployment('deploy'));
      expect(deployed).toMatch(/API: +https:\/\/\w+\.execute-api\.eu-central-1\.amazonaws\.com\/first$/m);
      expect(deployed).toMatch(/Table: +latchkey-first$/m);
      expect(succeeded(await stage.manage(['loaddata', fileURLToPath(FIXTURE)]))).toContain('created');
      expect(succeeded(await stage.smoke())).toMatch(SMOKE_PASSED);
      expect(succeeded(await stage.deployment('deploy'))).toContain('No changes to deploy');
      expect(succeeded(await stage.deployment('info'))).toContain('latchkey-first-obtain');
      const reserving = await stage.deployment('deploy', [], { OBTAIN_RESERVED_CONCURRENCY: '100000' });
      expect(reserving.code, reserving.output).toBe(1);
      expect(reserving.output).toContain('OBTAIN_RESERVED_CONCURRENCY reserves 100000, but the account has');
    },
    TIMEOUT_MS,
  );

  it(
    'serves the docs page with DOCS=true, and removes it without',
    async () => {
      const stage = await newStage('docs');
      succeeded(await stage.deployment('deploy', [], { DOCS: 'true' }));
      const url = await stage.url();
      // Without the last slash, the function redirects below the name of the stage.
      const page = await fetch(`${url}/docs`);
      expect(page.url).toBe(`${url}/docs/`);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(await page.text()).toContain('<title>Latchkey API</title>');
      const script = await fetch(`${url}/docs/swagger-ui-bundle.js`);
      const file = await readFile(
        createRequire(import.meta.url).resolve('swagger-ui-dist/swagger-ui-bundle.js'),
      );
      expect(Buffer.from(await script.arrayBuffer()).equals(file)).toBe(true);
      succeeded(await stage.deployment('deploy'));
      expect((await fetch(`${url}/docs/`)).status).not.toBe(200);
    },
    TIMEOUT_MS,
  );

  it(
    'reports a stage that is not deployed, and does not create one without a secret',
    async () => {
      const stage = await Stage.create('absent', emulator);
      stages.push(stage);
      const commands = [
        ['info'],
        ['logs', 'obtain'],
        ['rollback'],
        ['rollback', '--to', '1795698344222'],
        ['remove', '--yes'],
      ];
      for (const [command = '', ...args] of commands) {
        const { code, output } = await stage.deployment(command, args);
        expect(code, output).toBe(1);
        expect(output).toContain('The stage absent is not deployed in eu-central-1');
      }
      const { code, output } = await stage.deployment('deploy');
      expect(code, output).toBe(1);
      expect(output).toContain('The signing secret /latchkey/absent/jwt-secret-key');
    },
    TIMEOUT_MS,
  );

  it(
    'rejects tokens of the previous secret after deploy --force, without any other change',
    async () => {
      const stage = await newStage('rotated');
      succeeded(await stage.deployment('deploy'));
      succeeded(await stage.manage(['loaddata', fileURLToPath(FIXTURE)]));
      const url = await stage.url();
      const post = (path: string, body: unknown) =>
        fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(body),
        });
      const login = () => post('/api/token', { username: 'deku', password: PASSWORDS.deku });
      const token = await (await login()).json();
      expect((await post('/api/token/verify', token)).status).toBe(200);

      succeeded(await stage.manage(['secret', 'create', '--replace']));
      expect(succeeded(await stage.deployment('deploy', ['--force']))).toContain('Service deployed');
      expect((await post('/api/token/verify', token)).status).toBe(400);
      expect((await post('/api/token/verify', await (await login()).json())).status).toBe(200);
    },
    TIMEOUT_MS,
  );

  it(
    'deploys a change of only a gateway response',
    async () => {
      const stage = await newStage('responses');
      succeeded(await stage.deployment('deploy'));
      await stage.edit(
        'deploy/resources/gateway-responses.yml',
        '"Not found."',
        '"This path does not exist."',
      );
      expect(succeeded(await stage.deployment('deploy'))).toContain('Service deployed');
      const response = await fetch(`${await stage.url()}/unknown`);
      expect(await response.json()).toEqual({ detail: 'This path does not exist.' });
    },
    TIMEOUT_MS,
  );

  it(
    'does not leave a table after a failed first deployment, so the next one succeeds',
    async () => {
      const stage = await newStage('failing');
      await stage.edit('deploy/resources/alarms.yml', 'AlarmTopic:\n', `${WRONG_ALARM}AlarmTopic:\n`);
      const failed = await stage.deployment('deploy');
      expect(failed.code, failed.output).toBe(1);
      expect(failed.output).toContain('WrongAlarm');
      await stage.edit('deploy/resources/alarms.yml', WRONG_ALARM, '');
      succeeded(await stage.deployment('deploy'));
      expect(succeeded(await stage.smoke())).toMatch(SMOKE_PASSED);
    },
    TIMEOUT_MS,
  );

  it(
    'rolls back to an earlier deployment',
    async () => {
      const stage = await newStage('back');
      succeeded(await stage.deployment('deploy'));
      await stage.edit('deploy/resources/gateway-responses.yml', '"Not found."', '"A mistake."');
      succeeded(await stage.deployment('deploy'));
      const [first] = succeeded(await stage.deployment('rollback')).match(/(?<=Timestamp: )\d+/) ?? [];
      succeeded(await stage.deployment('rollback', ['--to', first ?? '']));
      const unknown = async () => (await fetch(`${await stage.url()}/unknown`)).json();
      expect(await unknown()).toEqual({ detail: 'Not found.' });
      expect(succeeded(await stage.smoke())).toMatch(SMOKE_PASSED);
      succeeded(await stage.deployment('deploy'));
      expect(await unknown()).toEqual({ detail: 'A mistake.' });
    },
    TIMEOUT_MS,
  );

  it(
    'keeps the table of a removed stage, does not create it again, and uses it with CREATE_TABLE=false',
    async () => {
      const stage = await newStage('again');
      succeeded(await stage.deployment('deploy'));
      const folder = await mkdtemp(join(tmpdir(), 'latchkey-deploy-'));
      const dump = join(folder, 'dump.json');
      await writeFile(dump, JSON.stringify([AUTHOR, POST]));
      succeeded(await stage.manage(['loaddata', dump]));
      await rm(folder, { recursive: true });

      const rejected = await stage.deployment('remove');
      expect(rejected.code).toBe(1);
      expect(rejected.output).toContain('--yes');
      const removed = succeeded(await stage.deployment('remove', ['--yes']));
      expect(removed).toContain('Kept: the table latchkey-again');
      expect(removed).toContain('Kept: the secret in the parameter /latchkey/again/jwt-secret-key');
      expect(removed).toMatch(/Kept: the role \S+ApiGatewayLogsRole/);

      const created = await stage.deployment('deploy');
      expect(created.code).toBe(1);
      expect(created.output).toContain('The table latchkey-again exists, and the stack does not own it.');
      const adopt = { CREATE_TABLE: 'false' };
      succeeded(await stage.deployment('deploy', [], adopt));
      expect(succeeded(await stage.manage(['posts', 'list']))).toContain(POST.fields.title);
      expect(succeeded(await stage.smoke())).toMatch(SMOKE_PASSED);
    },
    TIMEOUT_MS,
  );

  it(
    'moves a stage to a restored table with another name, but not to a new table',
    async () => {
      const stage = await newStage('restored');
      succeeded(await stage.deployment('deploy'));
      const client = new DynamoDBClient({
        endpoint: emulator.endpoint,
        region: 'eu-central-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      await client.send(
        new RestoreTableToPointInTimeCommand({
          SourceTableName: 'latchkey-restored',
          TargetTableName: 'latchkey-restored-2',
          UseLatestRestorableTime: true,
        }),
      );
      client.destroy();

      const env = { TABLE_NAME: 'latchkey-restored-2' };
      const empty = await stage.deployment('deploy', [], env);
      expect(empty.code).toBe(1);
      expect(empty.output).toContain('The stage uses the table latchkey-restored.');
      succeeded(await stage.deployment('deploy', [], { ...env, CREATE_TABLE: 'false' }));
      expect(succeeded(await stage.smoke(env))).toMatch(SMOKE_PASSED);
      const back = await stage.deployment('deploy', [], { CREATE_TABLE: 'false' });
      expect(back.code).toBe(1);
      expect(back.output).toContain('Set TABLE_NAME=latchkey-restored-2 and CREATE_TABLE=false.');
    },
    TIMEOUT_MS,
  );
});

/**
 * An alarm whose creation fails. The emulator creates independent resources in the order of their names, so without a
 * dependency it would create the table before this alarm.
 */
const WRONG_ALARM = [
  'WrongAlarm:',
  '  Type: AWS::CloudWatch::Alarm',
  '  Properties: { ComparisonOperator: "" }',
  '',
].join('\n');

const AUTHOR = {
  model: 'auth.user',
  pk: 1,
  fields: {
    username: 'author',
    password: '!',
    last_login: null,
    is_superuser: false,
    first_name: '',
    last_name: '',
    email: '',
    is_staff: false,
    is_active: true,
    date_joined: '2026-01-01T00:00:00',
    groups: [],
    user_permissions: [],
  },
};
const POST = {
  model: 'blog.post',
  pk: 7,
  fields: {
    author: 1,
    title: 'Kept across a removal',
    content: '',
    created_at: '2026-01-01T00:00:00',
    updated_at: '2026-01-01T00:00:00',
    published_at: '2026-01-01T00:00:00',
  },
};

/** Asserts that a command succeeded. Returns its output. */
function succeeded({ code, output }: CommandResult): string {
  expect(code, output).toBe(0);
  return output;
}
