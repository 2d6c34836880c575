import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { bundle } from '../../deploy/bundle.ts';
import { nativeFiles } from '../../deploy/native-files.ts';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { authorizerEvent, postJson, proxyEvent } from '../harness/events.ts';
import { type FirstRun, moduleOf, runHandler, unpack } from '../harness/packaged-function.ts';
import { openSessions } from '../harness/seed.ts';
import { createService, SECRET } from '../harness/service.ts';
import type { TestTable } from '../harness/table.ts';
import { userOf } from '../harness/users.ts';
import { withFolder, withRemoteTable } from './child.ts';
import { alternately } from './measure.ts';
import { against, type BenchOptions, type LimitException, type Measurement, ratio } from './results.ts';
import { PASSWORD } from './workload.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT = 1.3;
const START_LIMIT_BYTES = 350_000;
const ROUNDS = 20;
const HASHING = ['obtain', 'password'];
const resultSchema = v.object({ statusCode: v.optional(v.number()) });
const MINIMAL = 'minimal-function';
/** The module of a function, from the folder of the functions. */
const pathOf = (name: string) => (name === MINIMAL ? `../tools/bench/${name}` : moduleOf(name));
const EXCEPTION: LimitException = {
  upTo: 2.5,
  because: 'it computes a hash and makes several calls, where the other reads one item.',
};

/** The first response of each packaged function in a new process, against that of a function that only reads an item. */
export const bench = ({ node = [] }: BenchOptions): Promise<Measurement[]> =>
  withRemoteTable((table) =>
    withFolder(async (folder) => {
      await createUserRepository(table).create(userOf({ password: await createPasswords().hash(PASSWORD) }));
      const programs = [process.execPath, ...node];
      const functions = await firstEvents(table, programs.length);
      const sizes: Measurement[] = [];
      for (const name of Object.keys(functions)) sizes.push(...(await pack(name, folder)));
      const runs: Measurement[] = [];
      for (const program of programs) runs.push(...(await compare(functions, table, folder, program)));
      return [...sizes, ...runs];
    }),
  );

/** Unpacks a function so that it can be run, and measures the size of the code that it loads. */
async function pack(name: string, folder: string): Promise<Measurement[]> {
  const { files, startBytes, externals } = await bundle(ROOT, join('functions', `${pathOf(name)}.ts`));
  await unpack({ ...files, ...(await nativeFiles(ROOT, externals)) }, join(folder, name));
  if (name === MINIMAL) return [];
  const detail = `minified, loaded at the start${externals.length > 0 ? `; ${externals} beside it` : ''}`;
  return [{ what: `bundle of ${name}`, unit: 'bytes', value: startBytes, limit: START_LIMIT_BYTES, detail }];
}

/** An event for the first invocation of each function, and the expected status. Some can succeed only once. */
async function firstEvents(
  table: TestTable,
  programs: number,
): Promise<Record<string, [number, () => unknown]>> {
  const tokens = await openSessions(table, 'deku', programs * (2 * ROUNDS + 2) + 2);
  const authorizationToken = `JWT ${tokens.pop()}`;
  const { context } = await createService(table).authorize(authorizationToken);
  const authorizer = context ?? {};
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ current_password: 'wrong', new_password: 'ganz etwas anderes' });
  return {
    [MINIMAL]: [200, () => ({})],
    authorizer: [200, () => authorizerEvent(authorizationToken)],
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

/** Runs the functions alternately, each time in a new process. */
async function compare(
  events: Readonly<Record<string, [number, () => unknown]>>,
  table: TestTable,
  folder: string,
  program: string,
): Promise<Measurement[]> {
  const env = {
    TABLE_NAME: table.name,
    DYNAMODB_ENDPOINT: table.endpoint,
    JWT_SECRET_KEY: SECRET,
    THROTTLE_PAIR_FAILURES: '1000',
    SESSIONS_PER_USER: '100',
  };
  const runs = new Map<string, FirstRun[]>();
  // The first round warms up the disk cache.
  for (const { item, isWarmUp } of alternately(Object.entries(events), ROUNDS, 1)) {
    const [name, [status, event]] = item;
    const run = await runHandler(join(folder, name), pathOf(name), event(), env, { node: [program] });
    const received = v.parse(resultSchema, run.result).statusCode ?? 200;
    if (received !== status) throw new Error(`${name} responds with ${received}`);
    if (!isWarmUp) runs.set(name, [...(runs.get(name) ?? []), run]);
  }
  const minimal = runs.get(MINIMAL) ?? [];
  runs.delete(MINIMAL);
  const version = execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  const suffix = program === process.execPath ? '' : ` with Node ${version.slice(1)}`;
  return [...runs].map(([name, own]) => compared(name, suffix, own, minimal));
}

function compared(
  name: string,
  suffix: string,
  own: readonly FirstRun[],
  minimal: readonly FirstRun[],
): Measurement {
  const timesOf = (field: 'respondedMs' | 'loadedMs' | 'cpuMs') =>
    [own.map((run) => run[field]), minimal.map((run) => run[field])] as const;
  const [responded, loaded, cpu] = [timesOf('respondedMs'), timesOf('loadedMs'), timesOf('cpuMs')];
  return ratio(`first response of ${name}${suffix}`, ...responded, {
    limit: LIMIT,
    ...(HASHING.includes(name) && { exception: EXCEPTION }),
    detail: `${against(...responded, 0)}; ${against(...loaded, 0)} without the start of the process, CPU ${against(...cpu, 0)}`,
  });
}
