import { afterAll, beforeAll, expect, it } from 'vitest';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { post, proxyEvent } from '../../tools/harness/events.ts';
import { createService } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';

const PASSWORD = 'canary-password-right';
const WRONG = 'canary-password-wrong';

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

it('discloses no password, token or hash in the log or in a response that is not meant to contain it', async () => {
  const users = createUserRepository(table);
  const hash = await createPasswords().hash(PASSWORD);
  const user = userOf({ id: 1, username: 'deku', password: hash });
  await users.create(user);
  await users.create(
    userOf({ id: 2, username: 'greedy', password: 'pbkdf2_sha256$999999999$canary-salt$canary-hash' }),
  );
  await users.create(userOf({ id: 3, username: 'broken', password: 'canary-hash-of-nothing' }));

  const service = createService(table);
  const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
  const unreachable = createService({ client, name: table.name });
  const token = djangoToken(user, { at: Date.now() });
  const forged = `${token.slice(0, -6)}canary`;
  const stranger = djangoToken({ ...user, username: 'canary-stranger' }, { at: Date.now() });

  await service.post('obtain', { username: 'deku', password: PASSWORD });
  const replies = [
    await service.post('obtain', { username: 'deku', password: WRONG }),
    await service.post('obtain', { username: 'greedy', password: WRONG }),
    await service.post('obtain', { username: 'broken', password: WRONG }),
    await service.post('obtain', { username: [WRONG], password: { [WRONG]: WRONG } }),
    await service.invoke('obtain', post('application/json', `{"username": "deku", "password": "${WRONG}`)),
    await service.invoke('obtain', post('multipart/form-data', `password=${WRONG}`)),
    await service.invoke('obtain', proxyEvent('PUT', { body: `password=${WRONG}` })),
    await unreachable.post('obtain', { username: 'deku', password: PASSWORD }),
    await unreachable.post('verify', { token }),
    await unreachable.post('refresh', { token }),
    await service.post('verify', { token: forged }),
    await service.post('refresh', { token: stranger }),
    await service.getPosts(`JWT ${forged}`),
    await service.getPosts(`JWT ${stranger}`),
    await service.getPosts(`Canary ${token}`),
    await service.invoke('posts', proxyEvent('GET', { headers: { Authorization: `JWT ${token}` } })),
  ];
  await service.getPosts(`JWT ${token}`);
  await service.post('refresh', { token });
  await unreachable.authorize(`JWT ${token}`).catch(() => {});

  const written = [...service.lines, ...unreachable.lines].join('');
  expect(service.lines.length + unreachable.lines.length).toBeGreaterThan(20);
  const [, payload = '', signature = ''] = token.split('.');
  for (const text of [written, JSON.stringify(replies)]) {
    expect(text).not.toMatch(/canary/i);
    for (const secret of [hash, payload, signature]) expect(text).not.toContain(secret);
  }
});

it('logs one line with outcome and user id for each invocation', async () => {
  const users = createUserRepository(table);
  await users.create(userOf({ id: 9, username: 'logged', password: await createPasswords().hash(PASSWORD) }));
  const service = createService(table);
  await service.post('obtain', { username: 'logged', password: PASSWORD });
  await service.post('obtain', { username: 'logged', password: WRONG });
  await service.getPosts('JWT x.y.z');
  const written = service.lines.map((line) => JSON.parse(line));
  // The log also contains the metrics in embedded metric format.
  expect(written.filter(({ _aws }) => _aws).map(({ login_refused }) => login_refused)).toEqual([1]);
  const lines = written.filter(({ _aws }) => !_aws);
  expect(lines).toMatchObject([
    { level: 'INFO', route: 'obtain', status: 200, outcome: 'ok', user_id: 9, password_upgrade: 'none' },
    { route: 'obtain', status: 400, outcome: 'login_refused', login_refusal: 'wrong_password', user_id: 9 },
    { route: 'authorizer', status: 401, outcome: 'token_malformed' },
  ]);
  for (const line of lines) {
    expect(line.request_id).toEqual(expect.any(String));
    expect(line.duration_ms).toEqual(expect.any(Number));
  }
});
