import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { bundle } from '../../deploy/bundle.ts';
import { nativeFiles } from '../../deploy/native-files.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { postJson, proxyEvent } from '../harness/events.ts';
import { type FirstRun, runHandler, unpack } from '../harness/packaged-function.ts';
import { createService, SECRET } from '../harness/service.ts';
import { createTestTable, type TestTable } from '../harness/table.ts';
import { userOf } from '../harness/users.ts';
import { startChild } from './child.ts';
import { medianOf, ratiosOf } from './measure.ts';
import { type Excuse, type Measurement, ratio } from './results.ts';
import { openSessions } from './seed.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT = 1.3;
const START_LIMIT_BYTES = 350_000;
const ROUNDS = 20;
const PASSWORD = 'Plus-Ultra-2019';
const METHOD_ARN = 'arn:aws:execute-api:eu-central-1:123456789012:abc123/test/GET/api/blog/posts';
const HASHING = ['obtain', 'password'];
const answerSchema = v.object({ statusCode: v.optional(v.number()) });
const MINIMAL = 'minimal-function';
const EXCUSE: Excuse = {
  upTo: 2.5,
  because:
    'its first answer computes a hash and makes eight calls in three rounds, where the other reads one item.',
};

/** The first answer of each packaged function in a new process, against that of a function that only gets an item. */
export async function bench(): Promise<Measurement[]> {
  const engine = await startChild('./engine-process.ts');
  const table = await createTestTable(engine.address);
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  try {
    await new UserRepository(table).create(userOf({ password: await new Passwords().hash(PASSWORD) }));
    const functions = await firstEvents(table);
    const sizes: Measurement[] = [];
    for (const name of Object.keys(functions)) sizes.push(...(await pack(name, folder)));
    return [...sizes, ...(await compare(functions, table, folder))];
  } finally {
    await rm(folder, { recursive: true, force: true });
    await table.remove();
    await engine.stop();
  }
}

/** Puts a function where it can be run, and tells how much it loads. */
async function pack(name: string, folder: string): Promise<Measurement[]> {
  const room = name === MINIMAL ? 'tools/bench' : 'functions';
  const { files, startBytes, externals } = await bundle(ROOT, `${room}/${name}.ts`);
  const own = Object.entries(files).map(([path, bytes]) => [path.replace(room, 'functions'), bytes]);
  await unpack({ ...Object.fromEntries(own), ...(await nativeFiles(ROOT, externals)) }, join(folder, name));
  if (name === MINIMAL) return [];
  const detail =
    externals.length > 0
      ? `minified, loaded at the start; ${externals} beside it`
      : 'minified, loaded at the start';
  return [{ what: `bundle of ${name}`, unit: 'bytes', value: startBytes, limit: START_LIMIT_BYTES, detail }];
}

/** An event for the first invocation of each function, and how it is answered; some use up what they are asked for. */
async function firstEvents(table: TestTable): Promise<Record<string, [number, () => unknown]>> {
  const tokens = await openSessions(table, 'deku', 2 * ROUNDS + 4);
  const authorizationToken = `JWT ${tokens.pop()}`;
  const { context } = await createService(table).authorize(authorizationToken);
  // As API Gateway hands it on: every value as text.
  const authorizer = Object.fromEntries(
    Object.entries(context ?? {}).map(([key, value]) => [key, `${value}`]),
  );
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ current_password: 'wrong', new_password: 'ganz etwas anderes' });
  return {
    [MINIMAL]: [200, () => ({})],
    authorizer: [200, () => ({ type: 'TOKEN', authorizationToken, methodArn: METHOD_ARN })],
    verify: [200, () => postJson({ token: tokens[0] })],
    refresh: [200, () => postJson({ token: tokens.pop() })],
    posts: [200, () => proxyEvent('GET', { path: '/api/blog/posts/', authorizer })],
    account: [200, () => proxyEvent('GET', { authorizer })],
    session: [404, () => proxyEvent('DELETE', { authorizer, pathParameters: { sid: 'another' } })],
    sessions: [200, () => proxyEvent('GET', { authorizer })],
    revoke: [200, () => postJson({ token: tokens.pop() })],
    obtain: [200, () => postJson({ username: 'deku', password: PASSWORD })],
    password: [400, () => proxyEvent('POST', { authorizer, headers, body })],
  };
}

/** Runs each in turns, each time in a new process. */
async function compare(
  events: Readonly<Record<string, [number, () => unknown]>>,
  table: TestTable,
  folder: string,
): Promise<Measurement[]> {
  const env = {
    TABLE_NAME: table.name,
    DYNAMODB_ENDPOINT: table.endpoint,
    JWT_SECRET_KEY: SECRET,
    THROTTLE_PAIR_FAILURES: '1000',
    SESSIONS_PER_USER: '100',
  };
  const runs = new Map<string, FirstRun[]>();
  for (let round = -1; round < ROUNDS; round += 1) {
    const inTurn = Object.entries(events);
    // Every other round the other way, so that none is always first; the one below zero warms up the disk.
    for (const [name, [status, event]] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const run = await runHandler(join(folder, name), name, event(), env);
      const answered = v.parse(answerSchema, run.answer).statusCode ?? 200;
      if (answered !== status) throw new Error(`${name} is answered ${answered}`);
      if (round >= 0) runs.set(name, [...(runs.get(name) ?? []), run]);
    }
  }
  const minimal = runs.get(MINIMAL) ?? [];
  return [...runs.entries()]
    .filter(([name]) => name !== MINIMAL)
    .map(([name, own]) => compared(name, own, minimal));
}

function compared(name: string, own: readonly FirstRun[], minimal: readonly FirstRun[]): Measurement {
  const [ours, bare] = [own, minimal].map((runs) => runs.map(({ answeredMs }) => answeredMs));
  const [loaded, bareLoaded] = [own, minimal].map((runs) => medianOf(runs.map(({ loadedMs }) => loadedMs)));
  return ratio(`first answer of ${name}`, ratiosOf(ours ?? [], bare ?? []), {
    limit: LIMIT,
    ...(HASHING.includes(name) && { excuse: EXCUSE }),
    detail:
      `${Math.round(medianOf(ours ?? []))} ms against ${Math.round(medianOf(bare ?? []))} ms; ` +
      `${loaded?.toFixed(0)} against ${bareLoaded?.toFixed(0)} without the start of the process`,
  });
}
