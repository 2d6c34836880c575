import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../../tools/harness/server.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { COLLECTION_FILE, ENVIRONMENT_FILE } from '../../tools/openapi/index.ts';
import { COLLECTION, FIRST_STEPS, TAGS } from '../support/postman.ts';
import { startBuiltServer } from '../support/programs.ts';

const NEWMAN = fileURLToPath(
  new URL('../../.tools/newman/node_modules/newman/bin/newman.js', import.meta.url),
);
const isMissing = !existsSync(NEWMAN);
const REASON = isMissing ? ' (Newman is missing: see CONTRIBUTING.md)' : '';
/** Has characters that a JSON string or a form has to escape. */
const NEW_PASSWORD = 'a "new" p&ss=w%20rd+é';

/** The requests of an app, in order, and the expected status. */
const SESSION = [
  ['Log in', 200],
  ['Log in', 200],
  ['Check a token, its user and its session', 200],
  ['Exchange a token for the next one of its session', 200],
  ['List the published posts, newest first', 200],
  ['Read this description', 200],
  ['Read the account of the caller', 200],
  ['List the sessions of the caller, the last used first', 200],
  ['End one session of the caller', 204],
  ['End the other sessions of the caller', 204],
  ['Change the password of the caller', 204],
  ['Log in', 200],
  ['Log out', 200],
  ['Read the account of the caller', 401],
] as const;

const reportSchema = v.object({
  run: v.object({
    executions: v.array(
      v.object({
        item: v.object({ name: v.string() }),
        response: v.object({ code: v.number() }),
        assertions: v.optional(
          v.array(v.object({ assertion: v.string(), error: v.optional(v.unknown()) })),
          [],
        ),
      }),
    ),
    failures: v.array(v.object({ error: v.looseObject({ message: v.string() }) })),
  }),
});

let server: RunningServer;
let folder = '';
beforeAll(async () => {
  if (isMissing) return;
  folder = await mkdtemp(join(tmpdir(), 'latchkey-postman-'));
  server = await startBuiltServer();
});
afterAll(async () => {
  await server?.stop();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

/** Runs a collection with Newman against the server. Returns its report. */
async function run(collection: string, variables: Readonly<Record<string, string>>, ...options: string[]) {
  const report = join(folder, 'report.json');
  const given = Object.entries({ baseUrl: server.url, ...variables });
  await promisify(execFile)(process.execPath, [
    ...[NEWMAN, 'run', collection, '-e', ENVIRONMENT_FILE, ...options],
    ...given.flatMap(([name, value]) => ['--env-var', `${name}=${value}`]),
    // The report tells which tests failed.
    ...['--suppress-exit-code', '--reporters', 'json', '--reporter-json-export', report],
  ]);
  const { executions, failures } = v.parse(reportSchema, JSON.parse(readFileSync(report, 'utf8'))).run;
  return {
    statuses: executions.map(({ item, response }) => [item.name, response.code]),
    assertions: executions.flatMap(({ assertions }) => assertions.map(({ assertion }) => assertion)),
    failures: failures.map(({ error }) => error.message),
  };
}

const password = () => /password: (\S+)/.exec(server.output())?.[1] ?? '';

describe.skipIf(isMissing)(`Newman${REASON}`, { timeout: LONG_TEST_MS }, () => {
  const steps = (given: string) =>
    run(COLLECTION_FILE, { password: given }, '--folder', FIRST_STEPS?.name ?? '');

  it('passes the first steps', async () => {
    const { statuses, assertions, failures } = await steps(password());
    expect(failures).toEqual([]);
    expect(statuses.map(([, status]) => status)).toEqual([401, 200, 200, 200, 200]);
    expect(assertions.length).toBe(11);
  });

  it('ends the first steps at the login if the password is wrong, and keeps the token', async () => {
    const file = join(folder, 'environment.json');
    const { statuses, failures } = await run(
      COLLECTION_FILE,
      { password: 'wrong', token: 'earlier' },
      ...['--folder', FIRST_STEPS?.name ?? '', '--export-environment', file],
    );
    expect(statuses.map(([, status]) => status)).toEqual([401, 400]);
    expect(failures[0]).toContain('Unable to log in with provided credentials.');
    expect(readFileSync(file, 'utf8')).toMatch(/"value": "earlier",\s+"key": "token"/);
  });

  it('runs the whole collection, with the logout at the end', async () => {
    const { statuses, failures } = await run(COLLECTION_FILE, { password: password() });
    expect(failures).toEqual([]);
    const [first, ...others] = statuses.map(([, status]) => Number(status));
    expect(first).toBe(401);
    expect(others.filter((status) => status >= 300)).toEqual([]);
    expect(statuses.at(-1)).toEqual(['Log out', 200]);
    const names = new Set(statuses.map(([name]) => name));
    const skipped = TAGS.flatMap(({ item }) => item).filter(({ name }) => !names.has(name));
    expect(skipped.map(({ name }) => name)).toEqual(['Change the password of the caller']);
  });

  it('succeeds with each request of the collection', async () => {
    const items = TAGS.flatMap(({ item }) => item);
    expect(new Set(SESSION.map(([name]) => name))).toEqual(new Set(items.map(({ name }) => name)));
    const ordered = SESSION.map(([name]) => items.find((item) => item.name === name));
    const file = join(folder, 'session.json');
    await writeFile(file, JSON.stringify({ ...COLLECTION, item: ordered }));
    const { statuses, failures } = await run(file, { password: password(), newPassword: NEW_PASSWORD });
    expect(failures).toEqual([]);
    expect(statuses).toEqual(SESSION);
  });
});
