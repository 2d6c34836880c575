import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inOtherBodyTypes } from '../../contract/body-types.ts';
import { CASES, CONTRACT_SECRET, type ContractCase, FIXTURE } from '../../contract/cases.ts';
import {
  type Answer,
  claimsOf,
  expectedClaim,
  isNear,
  methodsOf,
  parsed,
  send,
} from '../../contract/replay.ts';
import type { RunningServer } from '../../tools/harness/server.ts';
import { manage } from './manage.ts';

const relative = v.object({ $now: v.number() });
const prefixed = v.object({ detail: v.object({ $startsWith: v.string() }) });
const answered = v.object({ token: v.string() });

/** The settings of a server that the recorded requests are sent to. */
export const CONTRACT_ENV = { JWT_SECRET_KEY: CONTRACT_SECRET, LOGIN_REFUSAL_STEP_MS: '50' };
const ALL_CASES = CASES.flatMap((contractCase) => [contractCase, ...inOtherBodyTypes(contractCase)]);

/** Declares a test for each recorded request: a server gives the recorded answer. */
export function describeContract(start: () => Promise<RunningServer>): void {
  let server: RunningServer;

  beforeAll(async () => {
    server = await start();
    const { code, stderr } = await manage(['loaddata', fileURLToPath(FIXTURE)], { env: server.env });
    expect(code, stderr).toBe(0);
  });
  afterAll(() => server?.stop());

  describe.concurrent('each case', () => {
    it.each(ALL_CASES)('$id: $why', async (contractCase) => {
      const answer = await send(contractCase, server.url, CONTRACT_SECRET);
      checkHead(contractCase, answer);
      checkBody(contractCase, answer);
    });
  });
}

function checkHead({ expect: want }: ContractCase, { status, headers }: Answer) {
  expect(status).toBe(want.status);
  if (want.contentType) expect(headers.get('content-type')?.split(';')[0]).toBe(want.contentType);
  if (want.wwwAuthenticate) expect(headers.get('www-authenticate')).toContain(want.wwwAuthenticate);
  if (want.allow) expect(methodsOf(headers.get('allow'))).toEqual(methodsOf(want.allow));
  expect(headers.get('vary')).toContain('Accept');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('same-origin');
}

function checkBody({ expect: want }: ContractCase, answer: Answer) {
  const body = parsed(answer.body);
  if (want.token) {
    const { token } = v.parse(answered, body);
    if (want.token.same) expect(token).toBe(answer.sent.get(want.token.same));
    const claims = claimsOf(token);
    for (const [name, template] of Object.entries(want.token.claims ?? {})) {
      const expected = expectedClaim(template, name, answer);
      if (v.is(relative, template)) expect(isNear(expected, claims[name]), `claim ${name}`).toBe(true);
      else expect(claims[name], `claim ${name}`).toEqual(expected);
    }
  } else if (v.is(prefixed, want.body)) {
    expect(body).toEqual({ detail: expect.stringMatching(new RegExp(`^${want.body.detail.$startsWith}`)) });
  } else if (want.body !== undefined) {
    expect(body).toEqual(want.body);
  }
}
