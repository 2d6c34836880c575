import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { postJson } from '../../tools/harness/events.ts';
import { contentsOf, runHandler, unpack } from '../../tools/harness/packaged-function.ts';
import { SECRET } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { LONG_TEST_MS, TEST_MS } from '../../tools/harness/time-limits.ts';
import { userOf } from '../../tools/harness/users.ts';
import { findArm64Node } from '../support/arm64-node.ts';
import { type PackagedService, packageService } from '../support/package-service.ts';

const PASSWORD = 'Plus-Ultra-2019';
const resultSchema = v.object({ statusCode: v.number(), body: v.string() });

const { command, reason } = findArm64Node();

describe.skipIf(command === undefined)(`on arm64, as on Lambda${reason && ` (${reason})`}`, () => {
  let packaged: PackagedService;
  let folder: string;
  let table: TestTable;
  beforeAll(async () => {
    packaged = await packageService('test');
    folder = await mkdtemp(join(tmpdir(), 'latchkey-arm64-'));
    table = await createTestTable();
  });
  afterAll(async () => {
    await table.remove();
    await rm(folder, { recursive: true, force: true });
    await packaged.remove();
  });

  it(
    'the unpacked artifact of obtain responds to a login with a token',
    async () => {
      await createUserRepository(table).create(userOf({ password: await createPasswords().hash(PASSWORD) }));
      await unpack(await contentsOf(join(packaged.folder, 'obtain.zip')), folder);
      const event = postJson({ username: 'deku', password: PASSWORD });
      const env = { TABLE_NAME: table.name, DYNAMODB_ENDPOINT: table.endpoint, JWT_SECRET_KEY: SECRET };
      // An emulated CPU is slow. On Lambda, the limit is ten seconds.
      const options = { node: command, remainingMs: TEST_MS };
      const { result } = await runHandler(folder, 'obtain', event, env, options);
      const { statusCode, body } = v.parse(resultSchema, result);
      const token = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect([statusCode, JSON.parse(body)]).toEqual([200, { token }]);
    },
    LONG_TEST_MS,
  );
});
