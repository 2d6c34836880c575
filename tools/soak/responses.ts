import { createHmac } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { toSeconds } from '../../lib/clock.ts';
import type { Account } from '../../lib/users/account.ts';
import { holds, same, tokenIn } from '../kit/check.ts';
import type { ApiResponse } from '../kit/client.ts';

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

/** An issued token and its claims. */
export interface IssuedToken {
  readonly token: string;
  readonly claims: Claims;
}

/** The times of a request and its response, in milliseconds since 1970. */
export interface Span {
  readonly sent: number;
  readonly received: number;
}

/** The user of a token. */
export type Owner = Pick<Account, 'id' | 'username' | 'email'>;

/** An expected page of posts. */
export interface Page {
  readonly posts: readonly unknown[];
  /** The value of the `Link` header; null for the last page. */
  readonly link: string | null;
}

/** Asserts that a login returned a token of the user, issued at the time of the request. @throws {CheckFailed} */
export function assertLogin(response: ApiResponse, owner: Owner, span: Span, secret: string): IssuedToken {
  const issued = issuedIn(response, secret);
  const { sid, orig_iat } = issued.claims;
  assertWithin(orig_iat, span, 0, 'orig_iat');
  const { id: user_id, username, email } = owner;
  const exp = orig_iat + LIFETIME_S;
  same(issued.claims, { user_id, username, exp, email, orig_iat, sid, gen: 0 }, 'claims');
  return issued;
}

/** Asserts that a refresh returned the next token of the session, with the full lifetime. @throws {CheckFailed} */
export function assertSuccessor(
  response: ApiResponse,
  before: Claims,
  span: Span,
  secret: string,
): IssuedToken {
  const issued = issuedIn(response, secret);
  const { exp } = issued.claims;
  same(issued.claims, { ...before, exp, gen: before.gen + 1 }, 'claims');
  holds(exp >= before.exp, 'exp is earlier than that of the refreshed token');
  assertWithin(exp, span, LIFETIME_S, 'exp');
  return issued;
}

/** Asserts that the response contains exactly this token. @throws {CheckFailed} */
export function assertToken(response: ApiResponse, token: string): void {
  holds(tokenIn(response) === token, 'another token was returned');
}

/** Asserts the posts of a page, their order, and the link to the next page. @throws {CheckFailed} */
export function assertPosts({ status, headers, body }: ApiResponse, { posts, link }: Page): void {
  same(status, 200, 'status');
  holds(isDeepStrictEqual(body, posts), `the posts differ from the ${posts.length} stored ones`);
  same(headers.get('link'), link, 'Link');
}

function issuedIn(response: ApiResponse, secret: string): IssuedToken {
  const token = tokenIn(response);
  const [header = '', payload = '', signature] = token.split('.');
  // HMAC of Node.js, so that the check is independent of the tested code.
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
  holds(signature === expected, 'the signature is not valid');
  const claims = v.safeParse(v.pipe(v.string(), v.parseJson(), claimsSchema), textOf(payload));
  holds(claims.success, 'the claims are not those of a session token');
  return { token, claims: claims.output };
}

const textOf = (part: string) => Buffer.from(part, 'base64url').toString();

/** Asserts that a time in seconds is within the span of a request, plus `later` seconds. @throws {CheckFailed} */
function assertWithin(instant: number, { sent, received }: Span, later: number, what: string): void {
  const [first, last] = [sent, received].map((at) => toSeconds(at) + later);
  holds(
    first !== undefined && last !== undefined && first <= instant && instant <= last,
    `${what} ${instant} does not match the time of the request`,
  );
}
