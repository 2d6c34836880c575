import { CASES, CONTRACT_SECRET, type ContractCase } from '../../contract/cases.ts';
import { methodsOf, parsed, send } from '../../contract/replay.ts';
import { holds, same } from '../kit/check.ts';
import type { Check } from './check.ts';

/** Whose data has no part in the answer: nobody logs in, and no token has the stage's own signature. */
const isHarmless = ({ login, mint, expect }: ContractCase): boolean =>
  Object.keys(login).length === 0 &&
  expect.status >= 400 &&
  !JSON.stringify(expect.body ?? '').includes('Unable to log in') &&
  Object.values(mint).every(
    ({ key, tamper, alg }) => key !== undefined || tamper !== undefined || alg === 'none',
  );

const startsWith = (body: unknown): string | undefined => {
  const [, words] = /^\{"detail":\{"\$startsWith":"([^"]*)"\}\}$/.exec(JSON.stringify(body) ?? '') ?? [];
  return words;
};

/** The recorded answers of the original that any stage gives, whatever its data and its secret. */
export const CONTRACT: readonly Check[] = CASES.filter(isHarmless).map((contractCase) => ({
  name: `contract, ${contractCase.id}: ${contractCase.why}`,
  run: async ({ client }) => {
    const { expect: want } = contractCase;
    const { status, headers, body } = await send(contractCase, client.base, CONTRACT_SECRET);
    same(status, want.status, 'status');
    if (want.contentType) same(headers.get('content-type')?.split(';')[0], want.contentType, 'content type');
    if (want.allow) same(methodsOf(headers.get('allow')), methodsOf(want.allow), 'Allow');
    if (want.wwwAuthenticate) {
      holds(headers.get('www-authenticate')?.includes(want.wwwAuthenticate) ?? false, 'WWW-Authenticate');
    }
    const words = startsWith(want.body);
    if (words !== undefined)
      holds(body.startsWith(`{"detail":"${words}`), `the body begins otherwise: ${words}`);
    else if (want.body !== undefined) same(parsed(body), want.body, 'body');
  },
}));
