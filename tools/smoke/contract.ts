import * as v from 'valibot';
import { CASES, CONTRACT_SECRET, type ContractCase, detailStartSchema } from '../../contract/cases.ts';
import { methodsOf, parsed, send } from '../../contract/replay.ts';
import { holds, same } from '../kit/check.ts';
import type { Check } from './check.ts';

/** Returns whether the response does not depend on the data or the secret of the stage. */
const isIndependent = ({ login, mint, expect }: ContractCase): boolean =>
  Object.keys(login).length === 0 &&
  expect.status >= 400 &&
  !JSON.stringify(expect.body ?? '').includes('Unable to log in') &&
  Object.values(mint).every(
    ({ key, tamper, alg }) => key !== undefined || tamper !== undefined || alg === 'none',
  );

/** The recorded responses of the Django service that apply to any stage. */
export const CONTRACT: readonly Check[] = CASES.filter(isIndependent).map((contractCase) => ({
  name: `contract, ${contractCase.id}: ${contractCase.why}`,
  run: async ({ client }) => {
    const { expect: want } = contractCase;
    const { status, headers, body } = await send(contractCase, client.base, CONTRACT_SECRET, client.fetch);
    same(status, want.status, 'status');
    if (want.contentType) same(headers.get('content-type')?.split(';')[0], want.contentType, 'content type');
    if (want.allow) same(methodsOf(headers.get('allow')), methodsOf(want.allow), 'Allow');
    if (want.wwwAuthenticate) {
      holds(
        headers.get('www-authenticate')?.includes(want.wwwAuthenticate) ?? false,
        'the WWW-Authenticate header differs',
      );
    }
    if (v.is(detailStartSchema, want.body)) {
      const { $startsWith: start } = want.body.detail;
      holds(body.startsWith(`{"detail":"${start}`), `detail does not start with: ${start}`);
    } else if (want.body !== undefined) same(parsed(body), want.body, 'body');
  },
}));
