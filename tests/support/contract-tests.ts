import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inOtherBodyTypes } from '../../contract/body-types.ts';
import { CASES, CONTRACT_SECRET, FIXTURE } from '../../contract/cases.ts';
import { send } from '../../contract/replay.ts';
import type { RunningServer } from '../../tools/harness/server.ts';
import { checkBody, checkHead } from './contract-checks.ts';
import { manage } from './manage.ts';

/** The settings of a server for the recorded requests. */
export const CONTRACT_ENV = { JWT_SECRET_KEY: CONTRACT_SECRET, LOGIN_REFUSAL_STEP_MS: '50' };
/** Their body type makes no difference, and their hashes take long. */
const HASH_CASE = /^obtain-hash-/;
const ALL_CASES = CASES.flatMap((contractCase) =>
  HASH_CASE.test(contractCase.id) ? [contractCase] : [contractCase, ...inOtherBodyTypes(contractCase)],
);

/** Declares a test for each recorded request, which asserts that the server sends the recorded response. */
export function describeContract(start: () => Promise<RunningServer>): void {
  let server: RunningServer;

  beforeAll(async () => {
    server = await start();
    const { code, stderr } = await manage(['loaddata', fileURLToPath(FIXTURE)], { env: server.env });
    expect(code, stderr).toBe(0);
  });
  afterAll(() => server?.stop());

  describe.concurrent('each case', () => {
    // A refresh within a second of its login returns the same token. A busy machine may need longer between the two.
    it.each(ALL_CASES)('$id: $why', { retry: 2 }, async (contractCase) => {
      const response = await send(contractCase, server.url, CONTRACT_SECRET);
      checkHead(contractCase, response);
      checkBody(contractCase, response);
    });
  });
}
