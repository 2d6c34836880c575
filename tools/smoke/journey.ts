import { setTimeout as delay } from 'node:timers/promises';
import * as v from 'valibot';
import { holds, same } from '../kit/check.ts';
import type { Answer } from '../kit/client.ts';
import { type Check, loginOf, type Target } from './check.ts';

const PATHS = {
  obtain: '/api/token/',
  verify: '/api/token/verify/',
  refresh: '/api/token/refresh/',
  revoke: '/api/token/revoke/',
  posts: '/api/blog/posts/',
  sessions: '/api/sessions/',
  account: '/api/account/',
} as const;

/** Within a second of its login a token is its own successor (docs/decisions/006-the-same-token-within-a-second.md). */
const PAST_LOGIN_MS = 1_100;

const tokenSchema = v.object({ token: v.pipe(v.string(), v.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)) });
const sessionsSchema = v.array(
  v.object({
    id: v.string(),
    device: v.nullable(v.string()),
    address: v.nullable(v.string()),
    current: v.boolean(),
  }),
);
const REVOKED = 'Token has been revoked.';

function tokenOf({ status, body }: Answer): string {
  same(status, 200, 'status');
  holds(v.is(tokenSchema, body), 'the answer holds no token');
  return body.token;
}

async function logIn(target: Target, headers: Record<string, string> = {}): Promise<string> {
  return tokenOf(await target.client.call(PATHS.obtain, { json: { ...loginOf(target) }, headers }));
}

async function sessionsOf({ client }: Target, token: string) {
  const { status, body } = await client.call(PATHS.sessions, { token });
  same(status, 200, 'status of the sessions');
  holds(v.is(sessionsSchema, body), 'the answer is no list of sessions');
  return body;
}

/** What an app does with the service, from its login to its logout. */
export const JOURNEY: readonly Check[] = [
  {
    name: 'a password gives a token, by JSON, form and multipart',
    run: async (target) => {
      const login = loginOf(target);
      await logIn(target);
      const form = new FormData();
      for (const [name, value] of Object.entries(login)) form.set(name, value);
      for (const body of [new URLSearchParams({ ...login }), form]) {
        tokenOf(await target.client.call(PATHS.obtain, { body }));
      }
    },
  },
  {
    name: 'a wrong password gives none',
    run: async (target) => {
      const { username } = loginOf(target);
      const { status, body } = await target.client.call(PATHS.obtain, {
        json: { username, password: 'wrong' },
      });
      same(status, 400, 'status');
      same(body, { non_field_errors: ['Unable to log in with provided credentials.'] }, 'body');
    },
  },
  {
    name: 'the token opens the posts, as JWT and as Bearer',
    run: async (target) => {
      const token = await logIn(target);
      for (const scheme of ['JWT', 'Bearer']) {
        const headers = { Authorization: `${scheme} ${token}` };
        const { status, body } = await target.client.call(PATHS.posts, { headers });
        same(status, 200, `status with ${scheme}`);
        holds(Array.isArray(body), 'the posts are no list');
      }
    },
  },
  {
    name: 'the token is verified, and its refresh gives one successor however often it is asked for',
    run: async (target) => {
      const token = await logIn(target);
      same(
        tokenOf(await target.client.call(PATHS.verify, { json: { token } })) === token,
        true,
        'the same token',
      );
      await delay(PAST_LOGIN_MS);
      const refresh = async () => tokenOf(await target.client.call(PATHS.refresh, { json: { token } }));
      const [first, second] = await Promise.all([refresh(), refresh()]);
      holds(first !== token, 'the successor is the token itself');
      holds(first === second && first === (await refresh()), 'there is more than one successor');
    },
  },
  {
    name: 'a logout counts at once, at verify, refresh and the posts',
    run: async (target) => {
      const token = await logIn(target);
      same((await target.client.call(PATHS.posts, { token })).status, 200, 'status before');
      same((await target.client.call(PATHS.revoke, { json: { token } })).status, 200, 'status of the logout');
      for (const path of [PATHS.verify, PATHS.refresh]) {
        const { status, body } = await target.client.call(path, { json: { token } });
        same([status, body], [400, { non_field_errors: [REVOKED] }], path);
      }
      const { status, body } = await target.client.call(PATHS.posts, { token });
      same(
        [status, body],
        [401, { detail: REVOKED }],
        'the posts (AUTHORIZER_RESULT_TTL_SECONDS lets them in longer)',
      );
    },
  },
  {
    name: 'a device sees its sessions, and ends another',
    run: async (target) => {
      const phone = await logIn(target, { 'Latchkey-Device': 'smoke phone' });
      const tablet = await logIn(target, { 'Latchkey-Device': 'smoke tablet' });
      const other = (await sessionsOf(target, tablet)).find(({ device }) => device === 'smoke phone');
      holds(other !== undefined && !other.current, 'the other session is not listed');
      const ended = await target.client.call(`${PATHS.sessions}${other.id}/`, {
        method: 'DELETE',
        token: tablet,
      });
      same(ended.status, 204, 'status');
      same((await target.client.call(PATHS.posts, { token: phone })).status, 401, 'status of the ended one');
      same((await target.client.call(PATHS.posts, { token: tablet })).status, 200, 'status of the other');
    },
  },
  {
    name: 'the account is the one that logged in',
    run: async (target) => {
      const { status, body } = await target.client.call(PATHS.account, { token: await logIn(target) });
      same(status, 200, 'status');
      holds(
        v.is(v.object({ username: v.literal(loginOf(target).username) }), body),
        'the account is another',
      );
    },
  },
  {
    name: 'the address of a client is what API Gateway sees, not what X-Forwarded-For says',
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
