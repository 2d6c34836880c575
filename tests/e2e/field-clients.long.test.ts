import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { SECRET } from '../../tools/harness/service.ts';
import { assertClaims, assertFindings, useFieldService } from '../support/field-clients.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/clients/', import.meta.url));
const TOOLS = fileURLToPath(new URL('../../.tools/', import.meta.url));

/** The virtual environment with the clients, and the one with the library that signed the tokens of the original. */
const CLIENTS = `${TOOLS}clients/bin/python`;
const ORIGINAL = `${TOOLS}django-original/bin/python`;

const reasonWithout = (program: string, reason: string): string =>
  existsSync(program) ? '' : ` (${reason}: see CONTRIBUTING.md)`;
const WITHOUT_CLIENTS = reasonWithout(CLIENTS, 'Python with requests is missing');
const WITHOUT_ORIGINAL = reasonWithout(ORIGINAL, 'Python with PyJWT 1.7.1 is missing');
/** `java` compiles a source file only with the compiler of a JDK. */
const WITHOUT_JAVA =
  spawnSync('javac', ['-version']).status === 0 ? '' : ' (a JDK is missing: see CONTRIBUTING.md)';

/** Runs a program with an input. Returns its output, which is JSON. */
async function run(program: string, script: string, input: string) {
  const child = spawn(program, [FIXTURES + script], {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  child.stdin.on('error', () => {}).end(input);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await closed) !== 0) throw new Error(`${script} failed:\n${stderr}`);
  return JSON.parse(stdout);
}

describe('a client in the field', () => {
  const service = useFieldService();

  it.skipIf(WITHOUT_CLIENTS !== '')(
    `logs in, reads posts, verifies, refreshes and reads a 401 with requests for Python${WITHOUT_CLIENTS}`,
    async () => {
      const visit = await service.visit();
      assertFindings(visit, await run(CLIENTS, 'client.py', JSON.stringify(visit)));
    },
  );

  it.skipIf(WITHOUT_JAVA !== '')(
    `logs in, reads posts, verifies, refreshes and reads a 401 with java.net.http${WITHOUT_JAVA}`,
    async () => {
      const { username, password, ...visit } = await service.visit();
      const input = [visit.url, JSON.stringify({ username, password }), visit.olderToken].join('\n');
      assertFindings({ ...visit, username, password }, await run('java', 'Client.java', input));
    },
  );

  it.skipIf(WITHOUT_ORIGINAL !== '')(
    `verifies a token with PyJWT 1.7.1, as the original does${WITHOUT_ORIGINAL}`,
    async () => {
      const { olderToken: token } = await service.visit();
      assertClaims(await run(ORIGINAL, 'read_token.py', JSON.stringify({ token, secret: SECRET })));
    },
  );

  it.skipIf(WITHOUT_CLIENTS !== '')(`verifies a token with a current PyJWT${WITHOUT_CLIENTS}`, async () => {
    const { olderToken: token } = await service.visit();
    assertClaims(await run(CLIENTS, 'read_token.py', JSON.stringify({ token, secret: SECRET })));
  });
});
