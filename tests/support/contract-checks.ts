import * as v from 'valibot';
import { expect } from 'vitest';
import { type ContractCase, detailStartSchema } from '../../contract/cases.ts';
import {
  type CaseResponse,
  claimsOf,
  expectedClaim,
  isNear,
  methodsOf,
  parsed,
} from '../../contract/replay.ts';

const relative = v.object({ $now: v.number() });
const tokenBody = v.object({ token: v.string() });

/** Compares the status and the headers of a response with those of a recorded case. */
export function checkHead({ expect: want }: ContractCase, { status, headers }: CaseResponse) {
  expect(status).toBe(want.status);
  if (want.contentType) expect(headers.get('content-type')).toBe(want.contentType);
  if (want.wwwAuthenticate) expect(headers.get('www-authenticate')).toContain(want.wwwAuthenticate);
  if (want.allow) expect(methodsOf(headers.get('allow'))).toEqual(methodsOf(want.allow));
  expect(headers.get('vary')).toContain('Accept');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.get('referrer-policy')).toBe('same-origin');
}

/** Compares the body of a response with that of a recorded case. */
export function checkBody({ expect: want }: ContractCase, response: CaseResponse) {
  const body = parsed(response.body);
  if (want.token) {
    const { token } = v.parse(tokenBody, body);
    if (want.token.same) expect(token).toBe(response.sent.get(want.token.same));
    const claims = claimsOf(token);
    for (const [name, template] of Object.entries(want.token.claims ?? {})) {
      const expected = expectedClaim(template, name, response);
      if (v.is(relative, template)) expect(isNear(expected, claims[name]), `claim ${name}`).toBe(true);
      else expect(claims[name], `claim ${name}`).toEqual(expected);
    }
  } else if (v.is(detailStartSchema, want.body)) {
    expect(body).toEqual({ detail: expect.stringMatching(new RegExp(`^${want.body.detail.$startsWith}`)) });
  } else if (want.body !== undefined) {
    expect(body).toEqual(want.body);
  }
}
