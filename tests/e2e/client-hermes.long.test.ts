import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from '@swc/core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientService, PASSWORD, startClientService } from '../support/client-service.ts';
import { describeRequest, type Exchange, responseOf, runSession } from '../support/client-session.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERMES = join(ROOT, '.tools/hermes/node_modules/hermes-engine-cli/linux64-bin/hermes');
const withoutHermes = existsSync(HERMES) ? '' : ' (skipped: hermes-engine-cli is not in .tools/hermes)';

let service: ClientService;
let folder: string;
beforeAll(async () => {
  service = await startClientService();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-hermes-'));
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the session in this process with the service, and records it. The first response to a refresh is lost. */
async function record(username: string) {
  const start = service.now;
  const exchanges: Exchange[] = [];
  const seen = await runSession(
    async (url, init) => {
      const response = await fetch(url.replace('http://service.example', service.url), init);
      const isLost = url.endsWith('/refresh/') && !exchanges.some(({ response }) => response === undefined);
      const body = await response.text();
      const recorded = { status: response.status, headers: Object.fromEntries(response.headers), body };
      exchanges.push({ request: describeRequest(url, init), response: isLost ? undefined : recorded });
      if (isLost) throw new Error('lost');
      return responseOf(recorded);
    },
    {
      username,
      password: PASSWORD,
      now: () => service.now,
      advance: (milliseconds) => {
        service.now += milliseconds;
      },
    },
  );
  return { start, exchanges, seen };
}

/** Compiles the session for Hermes as React Native does, to ES5. */
async function compile(recording: Awaited<ReturnType<typeof record>>, username: string): Promise<string> {
  const contents = `
    import { describeRequest, responseOf, runSession } from './client-session.ts';
    const { start, exchanges } = ${JSON.stringify(recording)};
    let now = start;
    let count = 0;
    const fetch = (url, init) => {
      const { request, response } = exchanges[count++];
      const actual = describeRequest(url, init);
      if (actual !== request) throw new Error('request ' + count + ' is ' + actual + ', expected ' + request);
      return response ? Promise.resolve(responseOf(response)) : Promise.reject(new Error('lost'));
    };
    const app = {
      username: ${JSON.stringify(username)},
      password: ${JSON.stringify(PASSWORD)},
      now: () => now,
      advance: (milliseconds) => { now += milliseconds; },
    };
    runSession(fetch, app).then((seen) => print(JSON.stringify(seen)), (error) => print(String(error && error.stack)));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(ROOT, 'tests/support'), loader: 'ts' },
    bundle: true,
    format: 'iife',
    target: 'es2020',
    write: false,
  });
  const { code } = await transform(outputFiles[0]?.text ?? '', { jsc: { target: 'es5' }, isModule: false });
  return code;
}

describe('the client on Hermes', () => {
  it.skipIf(withoutHermes !== '')(`sends and sees the same as on Node.js${withoutHermes}`, async () => {
    const username = await service.createUser();
    const recording = await record(username);
    const script = join(folder, 'session.js');
    await writeFile(script, await compile(recording, username));
    const { stdout } = await promisify(execFile)(HERMES, ['-Wno-undefined-variable', script]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(recording.seen)));
    expect(recording.exchanges).toHaveLength(8);
  });
});
