import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { authorizerEvent, postJson, proxyEvent } from '../../tools/harness/events.ts';
import {
  type Contents,
  contentsOf,
  moduleOf,
  runHandler,
  unpack,
} from '../../tools/harness/packaged-function.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { artifactsOf, type PackagedService, packageService } from '../support/package-service.ts';
import { startParameterStore } from '../support/parameter-store.ts';

const CANARY = 'canary-secret-of-at-least-thirty-two-bytes';
const PASSWORD = 'Plus-Ultra-2019';
const START_LIMIT_BYTES = 350_000;
/** The maximum size of a response of a function (AWS Lambda quotas, invocation payload). */
const MAX_RESULT_BYTES = 6 * 1024 * 1024;
const HASHING = ['obtain', 'password'];
const NAMES = [
  'account',
  'authorizer',
  'docs',
  'obtain',
  'openapi',
  'password',
  'posts',
  'refresh',
  'revoke',
  'session',
  'sessions',
  'verify',
];

/** The files that an artifact may contain: no tests, sources, documents, data or settings. */
const KINDS = [
  /^functions\/[a-z-]+\.mjs(\.map)?$/,
  /^chunks\/[0-9A-Z]{8}\.mjs(\.map)?$/,
  /^(docs-page\/(index\.html|page\.(css|js))|docs\/api\.md)$/,
  /^node_modules\/swagger-ui-dist\/(LICENSE|NOTICE|swagger-ui\.css|swagger-ui-bundle\.js(\.LICENSE\.txt)?)$/,
  /^node_modules\/argon2\/(package\.json|argon2\.cjs)$/,
  /^node_modules\/argon2\/prebuilds\/linux-(arm64\/argon2\.armv8|x64\/argon2)\.glibc\.node$/,
  /^node_modules\/@phc\/format\/(package\.json|index\.js)$/,
  /^node_modules\/node-gyp-build\/(package\.json|index\.js|node-gyp-build\.js)$/,
];

let packaged: PackagedService;
let table: TestTable;
let folder: string;
let token = '';
let caller: Record<string, string> = {};
const contents = new Map<string, Contents>();

beforeAll(async () => {
  packaged = await packageService('test', { JWT_SECRET_KEY: CANARY, DOCS: 'true' });
  table = await createTestTable();
  await createUserRepository(table).create(userOf({ password: await createPasswords().hash(PASSWORD) }));
  folder = await mkdtemp(join(tmpdir(), 'latchkey-artifacts-'));
  for (const name of NAMES) {
    const files = await contentsOf(join(packaged.folder, `${name}.zip`));
    contents.set(name, files);
    await unpack(files, join(folder, name));
  }
  ({ token } = v.parse(tokenSchema, JSON.parse((await run('obtain', loginEvent())).body)));
  caller = (await authorize()).context;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await table.remove();
  await packaged.remove();
});

const tokenSchema = v.object({ token: v.string() });
const resultSchema = v.object({ statusCode: v.number(), body: v.string() });
const policySchema = v.object({
  // API Gateway passes every value as text.
  context: v.record(v.string(), v.pipe(v.unknown(), v.transform(String))),
  policyDocument: v.looseObject({ Statement: v.tuple([v.looseObject({ Effect: v.string() })]) }),
});

const sourcesOf = (map: Buffer) =>
  v.parse(v.object({ sources: v.array(v.string()) }), JSON.parse(map.toString())).sources;

const loginEvent = () => postJson({ username: 'deku', password: PASSWORD });
const environment = () => ({
  TABLE_NAME: table.name,
  DYNAMODB_ENDPOINT: table.endpoint,
  JWT_SECRET_KEY: CANARY,
});
const run = async (name: string, event: APIGatewayProxyEvent) =>
  v.parse(resultSchema, (await runHandler(join(folder, name), name, event, environment())).result);
const authorize = async () => {
  const event = authorizerEvent(`JWT ${token}`);
  const { result } = await runHandler(join(folder, 'authorizer'), 'authorizer', event, environment());
  return v.parse(policySchema, result);
};
const ofCaller = (method: string, options = {}) => proxyEvent(method, { authorizer: caller, ...options });

describe('npm run package', () => {
  it('writes an artifact for each function', async () => {
    expect((await artifactsOf(packaged)).toSorted()).toEqual(NAMES);
  });

  it('prints the size and the files of each artifact', () => {
    for (const name of NAMES) {
      expect(packaged.output).toMatch(
        new RegExp(`^${name}: [\\d,]+ bytes, [\\d,]+ of JavaScript loaded before the first invocation$`, 'm'),
      );
      expect(packaged.output).toContain(`  functions/${moduleOf(name)}.mjs\n`);
    }
  });

  it('does not include secrets of the environment', async () => {
    for (const name of await readdir(packaged.folder)) {
      expect((await readFile(join(packaged.folder, name))).includes(CANARY), name).toBe(false);
    }
    for (const files of contents.values()) {
      for (const [path, bytes] of Object.entries(files)) {
        expect(Buffer.from(bytes).includes(CANARY), path).toBe(false);
      }
    }
  });
});

describe.each(NAMES)('the artifact of %s', (name) => {
  const paths = () => Object.keys(contents.get(name) ?? {});

  it('contains only its bundle', () => {
    for (const path of paths())
      expect(
        KINDS.some((kind) => kind.test(path)),
        path,
      ).toBe(true);
    expect(paths().filter((path) => path.startsWith('functions/'))).toEqual([
      `functions/${moduleOf(name)}.mjs`,
      `functions/${moduleOf(name)}.mjs.map`,
    ]);
  });

  it('contains argon2 for both architectures only if it hashes', () => {
    const binaries = paths().filter((path) => path.endsWith('.node'));
    expect(binaries.map(machineOf).toSorted()).toEqual(HASHING.includes(name) ? ['arm64', 'x64'] : []);
    const packages = paths().filter((path) => path.startsWith('node_modules/'));
    if (![...HASHING, 'docs'].includes(name)) expect(packages).toEqual([]);
  });

  /** Reads the architecture from the header of the format (System V ABI, ELF header, `e_machine`). */
  const machineOf = (path: string): string => {
    const bytes = Buffer.from(contents.get(name)?.[path] ?? []);
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    return { 183: 'arm64', 62: 'x64' }[bytes.readUInt16LE(18)] ?? 'another';
  };

  it('contains source maps without the sources', () => {
    for (const path of paths().filter((each) => each.endsWith('.mjs'))) {
      const map = JSON.parse(Buffer.from(contents.get(name)?.[`${path}.map`] ?? []).toString());
      expect(map).not.toHaveProperty('sourcesContent');
    }
    const own = JSON.parse(
      Buffer.from(contents.get(name)?.[`functions/${moduleOf(name)}.mjs.map`] ?? []).toString(),
    );
    expect(own.sources).toContain(`${moduleOf(name)}.ts`);
  });

  it('has no credential provider of the SDK: the credentials come from the environment', () => {
    const maps = paths().filter((path) => path.endsWith('.mjs.map'));
    const sources = maps.flatMap((path) => sourcesOf(Buffer.from(contents.get(name)?.[path] ?? [])));
    const providers = sources.flatMap(
      (source) => /@aws-sdk\/(credential-provider-[\w-]+)/.exec(source)?.[1] ?? [],
    );
    expect(providers).toEqual([]);
  });

  it('loads no more than 350 KB before its first invocation', () => {
    const [, start = ''] =
      new RegExp(`^${name}: .* bytes, ([\\d,]+) of JavaScript`, 'm').exec(packaged.output) ?? [];
    const startBytes = Number(start.replaceAll(',', ''));
    expect(startBytes).toBeGreaterThan(name === 'docs' ? 10_000 : 50_000);
    expect(startBytes).toBeLessThanOrEqual(START_LIMIT_BYTES);
  });
});

describe('an unpacked artifact in a new process', () => {
  it('obtain returns a token for a password', () => {
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it('authorizer allows the token', async () => {
    expect((await authorize()).policyDocument.Statement[0].Effect).toBe('Allow');
  });

  it.each<[string, () => APIGatewayProxyEvent, number]>([
    ['verify', () => postJson({ token }), 200],
    ['refresh', () => postJson({ token }), 200],
    ['posts', () => ofCaller('GET', { path: '/api/blog/posts/' }), 200],
    ['account', () => ofCaller('GET'), 200],
    ['sessions', () => ofCaller('GET'), 200],
    ['openapi', () => proxyEvent('GET', { path: '/api/openapi.json' }), 200],
    ['session', () => ofCaller('DELETE', { pathParameters: { sid: 'any' } }), 404],
    [
      'password',
      () =>
        ofCaller('POST', {
          body: JSON.stringify({ current_password: PASSWORD, new_password: 'password' }),
          headers: { 'Content-Type': 'application/json' },
        }),
      400,
    ],
  ])('%s responds', async (name, event, status) => {
    expect(await run(name, event())).toMatchObject({ statusCode: status });
  });

  it('docs returns each of its files, below the limit of a response', async () => {
    const names = Object.keys(contents.get('docs') ?? {})
      .filter((path) => !path.startsWith('functions/') && !path.startsWith('chunks/'))
      .map((path) => path.replace(/.*\//, ''));
    expect(names).toContain('swagger-ui-bundle.js');
    for (const file of names) {
      const event = proxyEvent('GET', { path: `/docs/${file}`, pathParameters: { file } });
      const { result } = await runHandler(join(folder, 'docs'), 'docs', event, {});
      const { statusCode, body } = v.parse(resultSchema, result);
      expect([file, statusCode]).toEqual([file, 200]);
      expect(body.length).toBeLessThan(MAX_RESULT_BYTES);
    }
  });

  it('reads the secret from the parameter, and uses the configured endpoint of each service', async () => {
    const store = await startParameterStore();
    store.values.set('/latchkey/test/jwt-secret-key', CANARY);
    const { result, output } = await runHandler(join(folder, 'verify'), 'verify', postJson({ token }), {
      TABLE_NAME: table.name,
      JWT_SECRET_PARAMETER: '/latchkey/test/jwt-secret-key',
      AWS_ENDPOINT_URL: store.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
    await store.close();
    expect(v.parse(resultSchema, result).statusCode).toBe(200);
    expect(output).not.toContain(CANARY);
  });

  it('records requests to DynamoDB only in a sampled trace', async () => {
    const segments: string[] = [];
    const daemon = createSocket('udp4').on('message', (message) => segments.push(message.toString()));
    daemon.bind(0, '127.0.0.1');
    await once(daemon, 'listening');
    const traced = (sampled: number) =>
      runHandler(join(folder, 'verify'), 'verify', postJson({ token }), {
        ...environment(),
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        LAMBDA_TASK_ROOT: join(folder, 'verify'),
        AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}`,
        _X_AMZN_TRACE_ID: `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=${sampled}`,
      });
    await traced(0);
    await traced(1);
    await expect.poll(() => segments).toHaveLength(1);
    daemon.close();
    for (const member of [
      ['namespace', 'aws'],
      ['operation', 'GetItem'],
      ['region', 'local'],
      ['table_name', table.name],
      ['consistent_read', true],
      // X-Ray reports the number of attempts.
      ['retries', 1],
    ]) {
      expect(segments[0]).toContain(JSON.stringify(Object.fromEntries([member])).slice(1, -1));
    }
    for (const secret of [token, 'deku', CANARY]) expect(segments[0]).not.toContain(secret);
  });

  it('revoke ends the session', async () => {
    expect(await run('revoke', postJson({ token }))).toMatchObject({ statusCode: 200 });
    expect(await run('verify', postJson({ token }))).toMatchObject({ statusCode: 400 });
  });
});
