import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { closedEndpoint, stageEnvironment } from './aws.ts';
import { builtRoot } from './programs.ts';
import { runScript } from './run-script.ts';

// Paths from the folder of the bundled programs.
export const MANAGE = 'manage/index.mjs';
export const START = 'local/start.mjs';
export const DEPLOY = 'deploy/index.mjs';
export const SMOKE = 'tools/smoke/index.mjs';
export const BENCH = 'tools/bench/index.mjs';
export const SOAK = 'tools/soak/index.mjs';
/** The sources: they only run as the main module. */
export const DOCS = '../deploy/settings-page.ts';
export const OPENAPI = '../tools/openapi/index.ts';
/** A folder in which no user can create files. */
const FORBIDDEN = '/sys';

let folder: string;
let unreachable: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-input-'));
  unreachable = await closedEndpoint();
  const files: Readonly<Record<string, string | Uint8Array>> = {
    'empty.json': '',
    'none.json': '[]',
    'page.html': '\n<!doctype html>',
    'dump.yaml': '- model: auth.user\n',
    'dump.json.gz': gzipSync('[]'),
    'cp1252.txt': Buffer.from('caf\xe9', 'latin1'),
    'utf16.json': Buffer.from('\ufeff[]', 'utf16le'),
    'object.json': '{"model": "auth.user"}',
    'broken.json': '[{"model": "auth.user"',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Case {
  /** The arguments. `@` is the folder with the files of this test. */
  readonly command: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly code: 1 | 2;
  /** The expected part of the output. */
  readonly sentence: string | RegExp;
  /** Whether the short tier runs the case, too. */
  readonly isShort?: true;
}

const stage = (name: string, value: string) => ({ ...stageEnvironment(), [name]: value });

/** Cases by group. The processes of a group run concurrently. */
const GROUPS: Readonly<Record<string, () => readonly Case[]>> = {
  'arguments of manage': () => [
    { command: `${MANAGE} --no-such-option`, code: 2, sentence: "unknown option '--no-such-option'" },
    { command: `${MANAGE} users list --no-such-option`, isShort: true, code: 2, sentence: 'unknown option' },
    {
      command: `${MANAGE} users list --stage Prod`,
      code: 2,
      sentence: 'A stage name is a lower-case letter',
    },
    { command: `${MANAGE} loaddata`, code: 2, sentence: 'missing required argument' },
    { command: `${MANAGE} posts publish 0`, code: 2, sentence: 'A pk is a positive integer.' },
    { command: `${MANAGE} posts add --title T`, code: 2, sentence: 'required option' },
    { command: `${MANAGE} sessions end unknown`, code: 1, sentence: 'List the users with: users list' },
  ],
  'dumps of manage loaddata': () => [
    {
      command: `${MANAGE} loaddata @/missing.json`,
      code: 1,
      sentence: /The file .*missing\.json does not exist/,
    },
    { command: `${MANAGE} loaddata @`, code: 1, sentence: 'is a folder. Pass the file of the dump.' },
    {
      command: `${MANAGE} loaddata @/empty.json`,
      code: 1,
      sentence: /empty\.json: It is empty\. .* python manage.py dumpdata/,
    },
    {
      command: `${MANAGE} loaddata @/none.json`,
      code: 1,
      sentence: 'The dump contains no users and no posts',
    },
    {
      command: `${MANAGE} loaddata @/page.html`,
      isShort: true,
      code: 1,
      sentence: /page\.html: It is an HTML page\. .* dumpdata/,
    },
    { command: `${MANAGE} loaddata @/dump.yaml`, code: 1, sentence: /dump\.yaml: It is YAML\. .* dumpdata/ },
    {
      command: `${MANAGE} loaddata @/dump.json.gz`,
      code: 1,
      sentence: 'The dump contains no users and no posts',
    },
    { command: `${MANAGE} loaddata @/utf16.json`, code: 1, sentence: /It is UTF-16, not UTF-8\. .* iconv/ },
    {
      command: `${MANAGE} loaddata @/object.json`,
      code: 1,
      sentence: 'record 1 (auth.user): fields is missing',
    },
    {
      command: `${MANAGE} loaddata @/broken.json`,
      code: 1,
      sentence: 'broken.json: The JSON is broken or ends',
    },
  ],
  'files of manage': () => [
    ...['cp1252.txt', 'utf16.json'].map(
      (file): Case => ({
        command: `${MANAGE} posts add --title T --author admin --content-file @/${file}`,
        code: 1,
        sentence: 'The content is not UTF-8. Convert it first',
      }),
    ),
    {
      command: `${MANAGE} posts add --title T --author admin --content-file /dev/zero`,
      isShort: true,
      code: 1,
      sentence: 'The content is too large.',
    },
    { command: `${MANAGE} dumpdata --output @`, code: 1, sentence: 'is a folder. Pass a file.' },
    { command: `${MANAGE} dumpdata --output @/no/dump.json`, code: 1, sentence: 'Create it first.' },
    { command: `${MANAGE} dumpdata --output ${FORBIDDEN}/dump.json`, code: 1, sentence: 'Permission denied' },
    { command: `${MANAGE} dumpdata --output /dev/full`, isShort: true, code: 1, sentence: 'Free some space' },
  ],
  'the data folder': () => [
    ...[`${MANAGE} users list`, START].flatMap((command): Case[] => [
      {
        command,
        env: { LATCHKEY_DATA_DIR: join(folder, 'none.json') },
        isShort: true,
        code: 1,
        sentence: /cannot be used: it is a file\. .* LATCHKEY_DATA_DIR/,
      },
      {
        command,
        env: { LATCHKEY_DATA_DIR: join(FORBIDDEN, 'latchkey') },
        code: 1,
        sentence: /cannot be used: permission denied\. .* LATCHKEY_DATA_DIR/,
      },
    ]),
    {
      command: `${MANAGE} users list`,
      env: { DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' },
      isShort: true,
      code: 1,
      sentence: /No DynamoDB responds at .* unset the variable/,
    },
  ],
  'AWS in manage --stage': () => [
    {
      command: `${MANAGE} users list --stage prod`,
      env: stage('AWS_ENDPOINT_URL', unreachable),
      isShort: true,
      code: 1,
      sentence: /cannot be reached \(ECONNREFUSED\)\. Check the network/,
    },
    {
      command: `${MANAGE} users list --stage prod`,
      env: stage('AWS_ENDPOINT_URL', 'nonsense'),
      code: 1,
      sentence: 'Correct or unset it.',
    },
    {
      command: `${MANAGE} users list --stage prod`,
      env: stage('AWS_REGION', 'no region'),
      code: 1,
      sentence: 'Check the region (AWS_REGION).',
    },
    {
      command: `${MANAGE} users list --stage prod`,
      env: { ...stageEnvironment(), AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
      isShort: true,
      code: 1,
      sentence: 'No AWS credentials were found. Set AWS_PROFILE',
    },
    {
      command: `${MANAGE} users list --stage prod`,
      env: stage('TABLE_NAME', 'no table'),
      code: 1,
      sentence: 'TABLE_NAME is not a table name',
    },
  ],
  'npm start': () => [
    { command: `${START} --no-such-option`, code: 2, sentence: "unknown option '--no-such-option'" },
    { command: `${START} argument`, code: 2, sentence: 'too many arguments' },
    {
      command: START,
      env: { PORT: '65536' },
      isShort: true,
      code: 1,
      sentence: 'PORT is not a whole number',
    },
  ],
  'the deployment commands': () => [
    { command: DEPLOY, code: 2, sentence: 'Usage: npm run <command>' },
    { command: `${DEPLOY} deploy --no-such-option`, code: 2, sentence: 'unknown option' },
    { command: `${DEPLOY} package --region nowhere!`, code: 2, sentence: 'A region is a name such as' },
    { command: `${DEPLOY} logs`, code: 2, sentence: "missing required argument 'function'" },
    {
      command: `${DEPLOY} info --stage with_underscore`,
      isShort: true,
      code: 2,
      sentence: 'A stage name is',
    },
    { command: `${DEPLOY} logs nothing`, code: 2, sentence: 'Allowed choices are authorizer' },
    { command: `${DEPLOY} logs obtain --since yesterday`, code: 2, sentence: 'A time is 30m' },
    { command: `${DEPLOY} rollback --to yesterday`, code: 2, sentence: 'A timestamp has 13 digits.' },
    { command: `${DEPLOY} remove --stage prod`, code: 1, sentence: 'Without a terminal, pass --yes.' },
    {
      command: `${DEPLOY} info --stage prod`,
      env: stage('AWS_ENDPOINT_URL', unreachable),
      code: 1,
      sentence: 'cannot be reached (ECONNREFUSED)',
    },
  ],
  'the tools': () => [
    { command: SMOKE, code: 2, sentence: 'missing required argument' },
    { command: `${SMOKE} localhost:8000`, code: 2, sentence: 'Pass an http or https URL' },
    {
      command: `${SMOKE} ${unreachable}`,
      isShort: true,
      code: 1,
      sentence: /does not respond .* Check the URL/,
    },
    { command: `${BENCH} --only nothing`, code: 2, sentence: 'Allowed choices are tokens' },
    { command: `${BENCH} --clients 0`, code: 2, sentence: 'Pass a whole number from 1 to 1000' },
    { command: `${BENCH} --output @/none.json --only tokens`, code: 1, sentence: 'is not a folder' },
    { command: `${SOAK} --seconds 1`, isShort: true, code: 2, sentence: 'Pass a whole number from 10' },
    { command: `${SOAK} --snapshots @/none.json`, code: 1, sentence: 'is not a folder' },
    { command: `${DOCS} argument`, code: 2, sentence: 'too many arguments' },
    { command: `${OPENAPI} argument`, code: 2, sentence: 'too many arguments' },
  ],
};

/** Runs a command on an empty data folder of its own. */
export async function runOnEmptyData({ command, env = {} }: Pick<Case, 'command' | 'env'>) {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  return runScript(builtRoot(), command.replace('@', folder).split(' '), {
    LATCHKEY_DATA_DIR: dataDir,
    PORT: '0',
    ...env,
  });
}

/** Declares a test for each group of cases. */
export function describeWrongInput(isIncluded: (given: Case) => boolean): void {
  const skipped = process.platform !== 'linux';
  describe.skipIf(skipped)('wrong input', { timeout: LONG_TEST_MS }, () => {
    it.each(Object.keys(GROUPS))('of %s is reported in one sentence, without a stack trace', async (name) => {
      const cases = (GROUPS[name]?.() ?? []).filter(isIncluded);
      expect(cases.length).toBeGreaterThan(0);
      const results = cases.map(async (given) => ({ given, ...(await runOnEmptyData(given)) }));
      for (const { given, code, output } of await Promise.all(results)) {
        const { command, sentence } = given;
        if (typeof sentence === 'string') expect.soft(output, command).toContain(sentence);
        else expect.soft(output, command).toMatch(sentence);
        expect.soft(output, command).not.toMatch(/^ +at |node:internal|E[A-Z]+: /m);
        expect.soft(code, command).toBe(given.code);
      }
    });
  });
}

/** Declares a test of `--help` for each program. */
export function describeHelp(programs: readonly string[]): void {
  describe('--help', { timeout: LONG_TEST_MS }, () => {
    it.each(programs)('of %s has an example, and the exit code is 0', async (file) => {
      const { code, output } = await runScript(builtRoot(), [file, '--help']);
      expect(output).toMatch(/^Usage: /);
      expect(output).toMatch(/^Example: (PORT=8001 )?npm (start|run )/m);
      expect(code).toBe(0);
    });
  });
}
