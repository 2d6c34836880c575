import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { assertRefusal, holds, refusal, SENTENCES, same, tokenIn, unauthorized } from '../kit/check.ts';
import { PATHS } from '../kit/client.ts';
import { type Check, loginOf, type Target } from './check.ts';

/** A refresh within a second of the login returns the same token (docs/decisions/006-refresh-within-a-second-of-the-login.md). */
const AFTER_LOGIN_MS = 1_100;

const sessionsSchema = v.array(
  v.object({
    id: v.string(),
    device: v.nullable(v.string()),
    address: v.nullable(v.string()),
    current: v.boolean(),
  }),
);

const descriptionSchema = v.looseObject({ openapi: v.pipe(v.string(), v.startsWith('3.1.')) });

const logIn = async (target: Target, headers: Record<string, string> = {}): Promise<string> =>
  tokenIn(await target.client.call(PATHS.obtain, { json: loginOf(target), headers }));

async function sessionsOf({ client }: Target, token: string) {
  const { status, body } = await client.call(PATHS.sessions, { token });
  same(status, 200, 'status of the sessions');
  holds(v.is(sessionsSchema, body), 'the body is not a list of sessions');
  return body;
}

const statusOfPosts = async ({ client }: Target, token: string) =>
  (await client.call(PATHS.posts, { token })).status;

const STEPS: Readonly<Record<string, Check['run']>> = {
  'the description of the API needs no token, and is not sent again for its ETag': async ({ client }) => {
    const { status, headers, body } = await client.call(PATHS.description);
    same(status, 200, 'status');
    holds(v.is(descriptionSchema, body), 'the body is not a description in OpenAPI 3.1');
    const etag = headers.get('etag') ?? '';
    const again = await client.call(PATHS.description, { headers: { 'If-None-Match': etag } });
    same([again.status, again.body], [304, undefined], 'status and body for the ETag');
  },
  'a login with JSON, a form or multipart returns a token': async (target) => {
    await logIn(target);
    const fields = Object.entries(loginOf(target));
    const form = new FormData();
    for (const [name, value] of fields) form.set(name, value);
    for (const body of [new URLSearchParams(fields), form]) {
      tokenIn(await target.client.call(PATHS.obtain, { body }));
    }
  },
  'a wrong password is rejected': async (target) => {
    const json = { ...loginOf(target), password: 'wrong' };
    assertRefusal(await target.client.call(PATHS.obtain, { json }), refusal(SENTENCES.credentials));
  },
  'a token authorizes the posts, with the prefix JWT or Bearer': async (target) => {
    const token = await logIn(target);
    for (const scheme of ['JWT', 'Bearer']) {
      const headers = { Authorization: `${scheme} ${token}` };
      const { status, body } = await target.client.call(PATHS.posts, { headers });
      same(status, 200, `status with ${scheme}`);
      holds(Array.isArray(body), 'the body is not a list');
    }
  },
  'a token is valid, and each refresh of it returns the same successor': async (target) => {
    const json = { token: await logIn(target) };
    holds(
      tokenIn(await target.client.call(PATHS.verify, { json })) === json.token,
      'verify returned another token',
    );
    await delay(AFTER_LOGIN_MS);
    const refresh = async () => tokenIn(await target.client.call(PATHS.refresh, { json }));
    const [first, second] = await Promise.all([refresh(), refresh()]);
    holds(first !== json.token, 'refresh returned the same token');
    holds(first === second && first === (await refresh()), 'two refreshes returned different tokens');
  },
  'a revoked token is rejected immediately, at verify, refresh and the posts': async (target) => {
    const { client } = target;
    const token = await logIn(target);
    const json = { token };
    same(await statusOfPosts(target, token), 200, 'status before the logout');
    same((await client.call(PATHS.revoke, { json })).status, 200, 'status of the logout');
    for (const path of [PATHS.verify, PATHS.refresh]) {
      assertRefusal(await client.call(path, { json }), refusal(SENTENCES.revoked), path);
    }
    const hint = 'the posts (AUTHORIZER_RESULT_TTL_SECONDS above 0 delays this)';
    assertRefusal(await client.call(PATHS.posts, { token }), unauthorized(SENTENCES.revoked), hint);
  },
  'a user lists the sessions, and ends one of them': async (target) => {
    const phone = await logIn(target, { 'Latchkey-Device': 'smoke phone' });
    const token = await logIn(target, { 'Latchkey-Device': 'smoke tablet' });
    const other = (await sessionsOf(target, token)).find(({ device }) => device === 'smoke phone');
    holds(other !== undefined && !other.current, 'the other session is not listed');
    const ended = await target.client.call(`${PATHS.sessions}${other.id}/`, { method: 'DELETE', token });
    same(ended.status, 204, 'status');
    same(await statusOfPosts(target, phone), 401, 'status of the ended session');
    same(await statusOfPosts(target, token), 200, 'status of the other session');
  },
  'the account is that of the user who logged in': async (target) => {
    const { status, body } = await target.client.call(PATHS.account, { token: await logIn(target) });
    same(status, 200, 'status');
    holds(v.is(v.object({ username: v.literal(loginOf(target).username) }), body), 'it is another account');
  },
};

/** The requests of an app, from login to logout. */
export const JOURNEY: readonly Check[] = [
  ...Object.entries(STEPS).map(([name, run]) => ({ name, run })),
  {
    name: 'the address of a client is that of its connection, not that of X-Forwarded-For',
    page: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html',
    run: async (target) => {
      const forged = '198.51.100.77';
      const token = await logIn(target, { 'X-Forwarded-For': forged });
      const current = (await sessionsOf(target, token)).find((session) => session.current);
      holds(current !== undefined, 'the session is not listed');
      holds(current.address !== forged, 'the address is the forged one');
    },
  },
];
