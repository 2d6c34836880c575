import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { toSeconds } from '../../lib/clock.ts';
import type { Account } from '../../lib/users/account.ts';
import { holds, same, tokenIn } from '../kit/check.ts';
import type { Answer } from '../kit/client.ts';

const LIFETIME_S = 7 * 86_400;

const claimsSchema = v.strictObject({
  user_id: v.number(),
  username: v.string(),
  exp: v.number(),
  email: v.string(),
  orig_iat: v.number(),
  sid: v.pipe(v.string(), v.regex(/^[\w-]{22}$/)),
  gen: v.number(),
});

export type Claims = v.InferOutput<typeof claimsSchema>;

/** A token and what it says. */
export interface Issued {
  readonly token: string;
  readonly claims: Claims;
}

/** When a request went out and its answer came back, in milliseconds since 1970. */
export interface Span {
  readonly sent: number;
  readonly received: number;
}

/** The user that a token names. */
export type Owner = Pick<Account, 'id' | 'username' | 'email'>;

/** A page of the list as it has to be. */
export interface Page {
  readonly posts: readonly unknown[];
  /** The value of `Link`, where there is a next page. */
  readonly link: string | null;
}

/** Checks the answer to a login: a token of that user, as of now. @throws {CheckFailed} */
export function assertLogin(answer: Answer, owner: Owner, span: Span, secret: string): Issued {
  const issued = issuedIn(answer, secret);
  const { sid, orig_iat } = issued.claims;
  holdsWithin(orig_iat, span, 0, 'orig_iat');
  const { id: user_id, username, email } = owner;
  const exp = orig_iat + LIFETIME_S;
  same(issued.claims, { user_id, username, exp, email, orig_iat, sid, gen: 0 }, 'claims');
  return issued;
}

/** Checks the answer to a refresh: the next token of the same session, which ends as long from now. @throws {CheckFailed} */
export function assertSuccessor(answer: Answer, before: Claims, span: Span, secret: string): Issued {
  const issued = issuedIn(answer, secret);
  const { exp } = issued.claims;
  same(issued.claims, { ...before, exp, gen: before.gen + 1 }, 'claims');
  holds(exp >= before.exp, 'exp lies before that of the token it takes the place of');
  holdsWithin(exp, span, LIFETIME_S, 'exp');
  return issued;
}

/** Checks that the answer is the very token. @throws {CheckFailed} */
export function assertToken(answer: Answer, token: string): void {
  holds(tokenIn(answer) === token, 'another token');
}

/** Checks a page of posts: the very posts, in their order, and where the next page is. @throws {CheckFailed} */
export function assertPosts({ status, headers, body }: Answer, { posts, link }: Page): void {
  same(status, 200, 'status');
  holds(isDeepStrictEqual(body, posts), `other posts than the ${posts.length} that were stored`);
  same(headers.get('link'), link, 'Link');
}

function issuedIn(answer: Answer, secret: string): Issued {
  const token = tokenIn(answer);
  const [header = '', payload = '', signature] = token.split('.');
  // Node's own HMAC: nothing of what is tested has a part in it.
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  holds(signature === expected, 'the signature is not that of the token');
  const claims = v.safeParse(v.pipe(v.string(), v.parseJson(), claimsSchema), textOf(payload));
  holds(claims.success, 'the claims are others than those of a session');
  return { token, claims: claims.output };
}

const textOf = (part: string) => Buffer.from(part, 'base64url').toString();

/** An instant in seconds that has to be one of a request, or so much later. @throws {CheckFailed} */
function holdsWithin(instant: number, { sent, received }: Span, later: number, what: string): void {
  const [first, last] = [sent, received].map((at) => toSeconds(at) + later);
  holds(
    first !== undefined && last !== undefined && first <= instant && instant <= last,
    `${what} ${instant} is not of the time of the request`,
  );
}
