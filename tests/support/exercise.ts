import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as v from 'valibot';
import { FUNCTIONS, type FunctionName } from '../../lib/settings/details.ts';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { requestsDuring, type SentRequest } from '../../tools/harness/calls.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { type EventOptions, postJson, proxyEvent } from '../../tools/harness/events.ts';
import { createService, type Reply, tokenOf } from '../../tools/harness/service.ts';
import type { TestTable } from '../../tools/harness/table.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { postOf } from './posts.ts';

type ProtectedName = 'posts' | 'sessions' | 'session' | 'account' | 'password';

const PASSWORD = 'Plus-Ultra-2019';
const NEW_PASSWORD = 'Another-One-2026';
const SECOND = 1000;
const THROTTLING = {
  pair: { failures: 3, seconds: 900 },
  network: { failures: 300, seconds: 900 },
  accountFailures: 1,
};
const ELSEWHERE = '198.51.100.9';

const idsOf = ({ body }: Reply): string[] =>
  v.parse(v.array(v.object({ id: v.string() })), body).map(({ id }) => id);

/** Calls every function on every path that reaches DynamoDB. Returns the requests that each function sent. */
export async function exercise(table: TestTable): Promise<ReadonlyMap<FunctionName, readonly SentRequest[]>> {
  let now = Date.UTC(2026, 0, 1);
  const sent = new Map<FunctionName, SentRequest[]>(FUNCTIONS.map((name) => [name, []]));
  const service = createService(table, {
    clock: () => now,
    settings: { sessionsPerUser: 2 },
    throttling: THROTTLING,
    responseUser: true,
  });

  const during = async <Result extends object>(
    name: FunctionName,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const results: Result[] = [];
    const requests = await requestsDuring(table, async () => {
      now += 2 * SECOND;
      results.push(await work());
    });
    sent.get(name)?.push(...requests);
    const [result] = results;
    if (result === undefined) throw new Error('no result');
    if ('status' in result && Number(result.status) >= 500) throw new Error(`${name} failed`);
    return result;
  };
  const logIn = (username: string, password: string, sourceIp?: string) =>
    during('obtain', () =>
      service.invoke('obtain', postJson({ username, password }, sourceIp === undefined ? {} : { sourceIp })),
    ).then(tokenOf);
  const refresh = (token: string) =>
    during('refresh', () => service.post('refresh', { token })).then(tokenOf);
  const own = async (token: string, name: ProtectedName, method: string, options: EventOptions = {}) => {
    const { context } = await during('authorizer', () => service.authorize(`JWT ${token}`));
    const authorizer = Object.fromEntries(
      Object.entries(context ?? {}).map(([key, value]) => [key, String(value)]),
    );
    return during(name, () => service.invoke(name, proxyEvent(method, { ...options, authorizer })));
  };
  const changePassword = (token: string, current: string, replacement: string) =>
    own(token, 'password', 'POST', {
      body: JSON.stringify({ current_password: current, new_password: replacement }),
      headers: { 'Content-Type': 'application/json' },
    });

  const users = createUserRepository(table);
  const user = (id: number, username: string) => userOf({ id, username, password: cheapHash(PASSWORD) });
  const [deku, guessed, legacy] = [user(1, 'deku'), user(2, 'guessed'), user(3, 'legacy')];
  for (const one of [deku, guessed, legacy]) await users.create(one);
  await createPostRepository(table).put(postOf({ pk: 1 }));
  await createPostRepository(table).put(postOf({ pk: 2 }));

  // Logins: rejected, throttled by network and by account, with an old hash, with too many sessions.
  await logIn('unknown', PASSWORD);
  for (const _ of Array(THROTTLING.pair.failures + 1).keys()) await logIn('guessed', 'wrong');
  await logIn('guessed', 'wrong', ELSEWHERE);
  for (const _ of Array(4).keys()) await logIn('deku', PASSWORD);

  // A session and its tokens: verified, refreshed, superseded.
  let token = await logIn('deku', PASSWORD);
  await during('verify', () => service.post('verify', { token }));
  const first = token;
  token = await refresh(token);
  await refresh(first);
  await refresh(await refresh(token));
  await refresh(first);

  // Tokens issued by Django, which create and end sessions.
  const legacyToken = (at = now) => djangoToken(legacy, { at });
  const kept = legacyToken();
  await during('verify', () => service.post('verify', { token: kept }));
  await refresh(kept);
  for (const _ of Array(2).keys()) await logIn('legacy', PASSWORD);
  const early = legacyToken();
  await refresh(early);
  now += 8 * 86_400 * SECOND;
  await logIn('legacy', PASSWORD);
  await logIn('legacy', PASSWORD);
  await during('revoke', () => service.post('revoke', { token: legacyToken() }));
  now += SECOND;
  await own(legacyToken(), 'sessions', 'DELETE');
  now += SECOND;
  await refresh(legacyToken());
  await changePassword(legacyToken(), PASSWORD, NEW_PASSWORD);
  now += SECOND;
  const current = legacyToken();
  await refresh(current);
  const [newest] = idsOf(await own(current, 'sessions', 'GET'));
  await own(current, 'session', 'DELETE', { pathParameters: { sid: newest ?? '' } });

  // Requests of users for their accounts.
  token = await logIn('deku', PASSWORD);
  const page = await own(token, 'posts', 'GET', { query: { limit: '1' } });
  const cursor = new URLSearchParams(/\?([^>]*)/.exec(String(page.headers.Link))?.[1]).get('cursor') ?? '';
  await own(token, 'posts', 'GET', { query: { limit: '1', cursor } });
  await own(token, 'account', 'GET');
  const [sid] = idsOf(await own(token, 'sessions', 'GET'));
  await own(token, 'session', 'DELETE', { pathParameters: { sid: 'no-such-session-of-mine-x' } });
  await own(token, 'sessions', 'DELETE');
  for (const _ of Array(THROTTLING.pair.failures + 1).keys())
    await changePassword(token, 'wrong', NEW_PASSWORD);
  now += 2 * 3600 * SECOND;
  await changePassword(token, PASSWORD, NEW_PASSWORD);
  await own(token, 'session', 'DELETE', { pathParameters: { sid: sid ?? '' } });
  token = await logIn('deku', NEW_PASSWORD);
  await own(token, 'sessions', 'DELETE', { query: { current: 'true' } });
  token = await logIn('deku', NEW_PASSWORD);
  await during('revoke', () => service.post('revoke', { token }));

  // Revoked tokens issued by Django, of which there are too many to list.
  const fillRevoked = () =>
    table.client.send(
      new UpdateCommand({
        TableName: table.name,
        Key: { pk: `USER#${legacy.username}` },
        UpdateExpression: 'SET ended_tokens = :full REMOVE ended_up_to',
        ExpressionAttributeValues: {
          ':full': new Set(Array.from({ length: 200 }, (_, index) => `django-${index}-${'a'.repeat(22)}`)),
        },
      }),
    );
  await fillRevoked();
  await during('revoke', () => service.post('revoke', { token: legacyToken() }));
  for (const end of ['session', 'obtain'] as const) {
    now += 600 * SECOND;
    const fresh = legacyToken();
    await refresh(fresh);
    await fillRevoked();
    if (end === 'obtain') for (const _ of Array(2).keys()) await logIn('legacy', NEW_PASSWORD);
    else {
      const [latest] = idsOf(await own(fresh, 'sessions', 'GET'));
      await own(fresh, 'session', 'DELETE', { pathParameters: { sid: latest ?? '' } });
    }
  }
  return sent;
}
