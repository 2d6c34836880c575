import { createHash } from 'node:crypto';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { postJson } from '../harness/events.ts';
import { createService, type Reply, SECRET, tokenOf } from '../harness/service.ts';
import { withTestTable } from '../harness/table.ts';
import { cheapHash, userOf } from '../harness/users.ts';
import type { RouteName } from './routes.ts';

/** A request to a function, and its response. */
export interface Example {
  readonly name: string;
  /** The body of the request. */
  readonly sent: Readonly<Record<string, string>> | undefined;
  readonly status: number;
  /** The body of the response. */
  readonly received: unknown;
}

/** The examples by function and method, such as `obtain POST`. */
export type Examples = ReadonlyMap<string, readonly Example[]>;

const START = Date.UTC(2026, 0, 1, 12);
const SECOND = 1000;
const ANNA = { username: 'anna', password: 'Plus-Ultra-2019' };
const NEW_PASSWORD = 'Another-One-2026';
const AGENT = { 'User-Agent': 'okhttp/4.12.0' };
const POST_JSON = { 'Content-Type': 'application/json' };

/**
 * Records the examples of the description: runs the functions on an embedded DynamoDB, with a fixed clock, a fixed secret
 * and fixed session ids. Two recordings are equal.
 */
export const recordExamples = (): Promise<Examples> =>
  withTestTable(async (table) => {
    let now = START;
    let sessions = 0;
    const newSid = () => {
      sessions += 1;
      return createHash('sha256').update(`${SECRET} ${sessions}`).digest('base64url').slice(0, 22);
    };
    const throttling = {
      pair: { failures: 2, seconds: 900 },
      network: { failures: 300, seconds: 900 },
      accountFailures: 100,
    };
    const service = createService(table, { clock: () => now, newSid, throttling });
    const examples = new Map<string, Example[]>();

    const keep = (route: RouteName, method: string, name: string, reply: Reply, sent?: Example['sent']) => {
      const key = `${route} ${method}`;
      const example = { name, sent, status: reply.status, received: reply.body };
      examples.set(key, [...(examples.get(key) ?? []), example]);
      return reply;
    };
    const post = async (
      route: 'obtain' | 'verify' | 'refresh' | 'revoke',
      name: string,
      sent: Readonly<Record<string, string>>,
    ) => {
      now += 2 * SECOND;
      return keep(route, 'POST', name, await service.invoke(route, postJson(sent, { headers: AGENT })), sent);
    };
    const call = async (
      route: 'posts' | 'sessions' | 'session' | 'account' | 'password',
      method: string,
      name: string,
      token: string,
      {
        sent,
        ...options
      }: { sent?: Readonly<Record<string, string>>; query?: Record<string, string>; sid?: string } = {},
    ) => {
      now += 2 * SECOND;
      const reply = await service.call(route, method, `JWT ${token}`, {
        ...(options.query && { query: options.query }),
        ...(options.sid && { pathParameters: { sid: options.sid } }),
        ...(sent && { body: JSON.stringify(sent), headers: POST_JSON }),
      });
      return keep(route, method, name, reply, sent);
    };

    const users = createUserRepository(table);
    const user = userOf({
      username: 'anna',
      email: 'anna@example.com',
      firstName: 'Anna',
      password: cheapHash(ANNA.password),
    });
    await users.create(user);
    await createPostRepository(table).put({
      pk: 1,
      author: 1,
      title: 'Hello',
      content: 'The first post.',
      createdAt: '2025-12-31T08:00:00.123',
      updatedAt: '2025-12-31T08:00:00.123',
      publishedAt: '2025-12-31T09:00:00',
    });

    const token = tokenOf(await post('obtain', 'login', ANNA));
    await post('obtain', 'missing_field', { username: ANNA.username });
    await post('obtain', 'wrong_password', { ...ANNA, password: 'wrong' });
    await post('verify', 'valid_token', { token });
    await post('verify', 'malformed_token', { token: 'eyJhbGciOiJIUzI1NiJ9' });
    const next = tokenOf(await post('refresh', 'valid_token', { token }));
    await call('posts', 'GET', 'one_post', next);
    await call('posts', 'GET', 'limit_too_small', next, { query: { limit: '0' } });
    keep('posts', 'GET', 'no_token', await service.call('posts', 'GET', ''));
    await call('account', 'GET', 'anna', next);
    await call('sessions', 'GET', 'one_session', next);
    await call('session', 'DELETE', 'unknown_session', next, { sid: 'unknown' });
    const change = { current_password: ANNA.password, new_password: NEW_PASSWORD };
    await call('password', 'POST', 'common_password', next, {
      sent: { ...change, new_password: 'password' },
    });
    await call('password', 'POST', 'wrong_password', next, {
      sent: { ...change, current_password: 'wrong' },
    });
    await call('password', 'POST', 'new_password', next, { sent: change });
    await post('revoke', 'logout', { token: next });
    await post('verify', 'ended_session', { token: next });
    await post('refresh', 'ended_session', { token: next });
    for (const attempt of [1, 2, 3]) {
      const reply = await service.invoke(
        'obtain',
        postJson({ username: 'guest', password: `guess ${attempt}` }),
      );
      if (reply.status === 429) keep('obtain', 'POST', 'too_many_wrong_passwords', reply);
    }
    return examples;
  });
