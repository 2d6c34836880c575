import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { assertRefusal } from '../../tools/kit/check.ts';
import { Deck, KINDS } from '../../tools/soak/mix.ts';
import { randomOf } from '../../tools/soak/random.ts';
import {
  assertLogin,
  assertPosts,
  assertSuccessor,
  assertToken,
  type Claims,
} from '../../tools/soak/responses.ts';
import { Tally } from '../../tools/soak/tally.ts';

const SECRET = 'a signing key for tests alone, thirty-two bytes or more';
const NOW_S = 1_764_000_000;
const WEEK_S = 7 * 86_400;
const SPAN = { sent: NOW_S * 1000 - 5, received: NOW_S * 1000 + 5 };
const OWNER = { id: 7, username: 'deku', email: 'deku@example.com' };
const CLAIMS: Claims = {
  user_id: 7,
  username: 'deku',
  exp: NOW_S + WEEK_S,
  email: 'deku@example.com',
  orig_iat: NOW_S,
  sid: 'a'.repeat(22),
  gen: 0,
};
/** Claims of a token that is a day older, so that a refresh changes `exp`. */
const BEFORE: Claims = { ...CLAIMS, exp: CLAIMS.exp - 86_400, orig_iat: NOW_S - 86_400, gen: 3 };
const AFTER: Claims = { ...BEFORE, exp: CLAIMS.exp, gen: 4 };
const POSTS = [{ pk: 2 }, { pk: 1 }];
const PAGE = { posts: POSTS, link: '<?limit=2&cursor=abc>; rel="next"' };
const REVOKED = { status: 400, body: { non_field_errors: ['Token has been revoked.'] } };

function tokenOf(claims: object, secret = SECRET): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${encode({ typ: 'JWT', alg: 'HS256' })}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

const response = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  status,
  body,
  headers: new Headers(headers),
});
const tokenResponse = (claims: object, secret?: string) => response(200, { token: tokenOf(claims, secret) });
const login = (given: ReturnType<typeof response>) => () => assertLogin(given, OWNER, SPAN, SECRET);
const refresh = (given: ReturnType<typeof response>) => () => assertSuccessor(given, BEFORE, SPAN, SECRET);
const verify = (given: ReturnType<typeof response>) => () => assertToken(given, tokenOf(CLAIMS));
const posts = (given: ReturnType<typeof response>) => () => assertPosts(given, PAGE);
const rejected = (given: ReturnType<typeof response>) => () => assertRefusal(given, REVOKED);

it.each([
  ['a login', login(tokenResponse(CLAIMS))],
  ['a refresh', refresh(tokenResponse(AFTER))],
  ['a verification', verify(tokenResponse(CLAIMS))],
  ['a page of posts', posts(response(200, POSTS, { Link: PAGE.link }))],
  ['a rejected request', rejected(response(400, REVOKED.body))],
])('Tally does not count the correct response to %s as wrong', async (_, check) => {
  const tally = new Tally();
  expect(await tally.check('login', check)).toBe(true);
  expect(tally.wrong).toBe(0);
});

it.each([
  ['a rejected login', login(response(400, REVOKED.body))],
  ['a login of another user', login(tokenResponse({ ...CLAIMS, user_id: 8 }))],
  [
    'a login with the e-mail address of another user',
    login(tokenResponse({ ...CLAIMS, email: 'a@example.com' })),
  ],
  ['a login with the time of an hour ago', login(tokenResponse({ ...CLAIMS, orig_iat: NOW_S - 3600 }))],
  ['a login whose token expires too late', login(tokenResponse({ ...CLAIMS, exp: CLAIMS.exp + 1 }))],
  ['a login signed with another key', login(tokenResponse(CLAIMS, `${SECRET}?`))],
  ['a login with an additional claim', login(tokenResponse({ ...CLAIMS, admin: true }))],
  ['a login with another member than the token', login(response(200, { token: tokenOf(CLAIMS), id: 7 }))],
  ['a refresh that changes orig_iat', refresh(tokenResponse({ ...AFTER, orig_iat: NOW_S }))],
  ['a refresh of another session', refresh(tokenResponse({ ...AFTER, sid: 'b'.repeat(22) }))],
  ['a refresh that skips a generation', refresh(tokenResponse({ ...AFTER, gen: 5 }))],
  ['a refresh that returns the same token', refresh(tokenResponse(BEFORE))],
  ['a refresh with an earlier exp', refresh(tokenResponse({ ...AFTER, exp: BEFORE.exp - 1 }))],
  ['a refresh with the same exp', refresh(tokenResponse({ ...AFTER, exp: BEFORE.exp }))],
  ['a verification with another token', verify(tokenResponse({ ...CLAIMS, gen: 1 }))],
  ['a rejected verification', verify(response(400, REVOKED.body))],
  ['posts of which one is missing', posts(response(200, POSTS.slice(1), { Link: PAGE.link }))],
  ['posts in another order', posts(response(200, POSTS.toReversed(), { Link: PAGE.link }))],
  ['posts of which one differs', posts(response(200, [{ pk: 2 }, { pk: 3 }], { Link: PAGE.link }))],
  ['posts without a link to the next page', posts(response(200, POSTS))],
  ['posts with another link', posts(response(200, POSTS, { Link: '<?limit=2>; rel="next"' }))],
  ['posts with a revoked token', posts(response(401, { detail: 'Token has been revoked.' }))],
  ['posts with a 502', posts(response(502, undefined))],
  ['a token instead of an error', rejected(tokenResponse(CLAIMS))],
  [
    'an error with another sentence',
    rejected(response(400, { non_field_errors: ['Signature has expired.'] })),
  ],
  ['an error with another status', rejected(response(401, REVOKED.body))],
  ['a failed request', () => Promise.reject(new TypeError('fetch failed', { cause: new Error('reset') }))],
])('Tally counts %s as a wrong response, and describes it without the token', async (_, check) => {
  const tally = new Tally();
  expect(await tally.check('login', check)).toBe(false);
  expect(tally.wrong).toBe(1);
  expect(tally.descriptions).toEqual([expect.stringMatching(/^login: ./)]);
  expect(tally.descriptions.join()).not.toContain('eyJ');
});

it('Tally does not count a fault of the tool as a wrong response', async () => {
  const fault = () => Promise.reject(new RangeError('too few people'));
  await expect(new Tally().check('login', fault)).rejects.toThrow('too few people');
});

it('Deck draws the intended shares in every twenty requests, also if two are drawn at once', () => {
  const deck = new Deck(randomOf(1));
  for (let round = 0; round < 50; round += 1) {
    const drawn: string[] = [];
    while (drawn.length < 20) {
      const kind = deck.draw();
      drawn.push(kind, ...(kind === 'refresh' && deck.drawAnother(kind) ? [kind] : []));
    }
    const counts = KINDS.map((kind) => drawn.filter((one) => one === kind).length);
    expect(counts).toEqual([1, 2, 3, 14]);
  }
});
