import { createHash } from 'node:crypto';
import { GetCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { ItemTable } from '../../lib/dynamodb/item-client.ts';
import { UnavailableError } from '../../lib/errors.ts';
import type { Throttle } from '../../lib/throttling/throttle.ts';
import type { PasswordChecker } from '../../lib/users/password-check.ts';
import { createThrottle, createUserRepository } from '../../lib/wiring.ts';
import { callsDuring } from '../../tools/harness/calls.ts';
import { postJson } from '../../tools/harness/events.ts';
import { createService, THROTTLE } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { plainPasswords } from '../support/plain-passwords.ts';
import { endingAt, tableUserOf } from '../support/table-calls.ts';

const HOME = '203.0.113.7';
const ELSEWHERE = '198.51.100.9';
const PASSWORD = 'Plus-Ultra-2019';

let table: TestTable;
let now = 1_800_000_000;
let throttle: Throttle;
let count = 0;
let username = '';

beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());
beforeEach(() => {
  count += 1;
  username = `user-${count}`;
  // Later than all attempts of the previous test, and at the start of a network's period.
  now = Math.ceil((now + 40 * 86_400) / 900) * 900;
  throttle = throttleOn(table);
});

const throttleOn = (on: ItemTable, settings = THROTTLE) =>
  createThrottle({ table: on, settings: { throttle: settings }, clock: () => now * 1000 });

/** Returns the steps of an attempt with the given check. */
const stepsOf = <Value>(check: () => Promise<Value>, isKnown = false) => ({
  find: async () => undefined,
  recognize: () => ({ network: isKnown, device: false }),
  check,
});
const isWrong = async () => ({ kind: 'wrong', refusal: 'wrong password' }) as const;
const isRight = async () => ({ kind: 'right', value: 'right password' }) as const;
/** Attempts a wrong password. Returns the waiting time in seconds if it is throttled. */
const fail = async (name = username, address = HOME, isKnown = false, on = throttle) => {
  const result = await on.attempt({ username: name, address, device: undefined }, stepsOf(isWrong, isKnown));
  return result.kind === 'throttled' ? result.waitSeconds : 'tried';
};
const succeed = async (name = username, address = HOME, on = throttle) => {
  const result = await on.attempt({ username: name, address, device: undefined }, stepsOf(isRight));
  if (result.kind !== 'right') throw new Error(`a right password is ${result.kind}`);
  await result.forget();
};
/** Starts an attempt and holds it before its check. `release` ends it without a result. */
const hold = async (name = username, address = HOME, on = throttle) => {
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const check = async (): Promise<never> => {
    begin();
    await ended;
    throw new UnavailableError({});
  };
  const attempt = on.attempt({ username: name, address, device: undefined }, stepsOf(check)).catch(() => {});
  await Promise.race([begun, attempt]);
  return {
    release: () => {
      end();
      return attempt;
    },
  };
};
const times = async <Result>(many: number, work: () => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = [];
  for (let index = 0; index < many; index += 1) results.push(await work());
  return results;
};

describe('wrong passwords for one username from one address', () => {
  it('are checked ten times in fifteen minutes, whether the user exists or not', async () => {
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
    now += 60;
    expect(await fail()).toBe(840);
    now += 839;
    expect(await fail()).toBe(1);
    now += 1;
    expect(await fail()).toBe('tried');
  });

  it('are checked ten times even with fifty concurrent attempts', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => fail()));
    expect(all.filter((one) => one === 'tried')).toHaveLength(10);
  });

  it('do not affect the user at another address, or another user at this address', async () => {
    await times(11, () => fail());
    expect(await fail(username, ELSEWHERE)).toBe('tried');
    expect(await fail(`${username}-other`)).toBe('tried');
  });

  it('are counted from zero after a correct password', async () => {
    await times(9, () => fail());
    await succeed();
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
  });

  it('are not counted if the password was not checked', async () => {
    for (const _ of Array(30).keys()) await (await hold()).release();
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
  });
});

describe('wrong passwords from one address', () => {
  const strict = { ...THROTTLE, network: { failures: 20, seconds: 900 } };
  const guess = (address = HOME, name = `${username}-${Math.random()}`) =>
    fail(name, address, false, throttleOn(table, strict));

  it('are limited for all usernames together, and a correct password releases only its own attempt', async () => {
    await times(10, () => guess());
    for (const _ of Array(5).keys()) {
      await succeed('own', HOME, throttleOn(table, strict));
    }
    expect(await times(10, () => guess())).toEqual(Array(10).fill('tried'));
    expect(await guess()).toBe(900);
    expect(await guess(ELSEWHERE)).toBe('tried');
  });

  it('are counted together for an IPv6 /64', async () => {
    const all = await times(25, () =>
      guess(`2001:db8:1:2::${(count * 1000 + Math.floor(Math.random() * 900)).toString(16)}`),
    );
    expect(all.filter((one) => one === 'tried')).toHaveLength(20);
    expect(await guess('2001:db8:1:3::1')).toBe('tried');
  });

  it('do not count toward the network limit if the username limit rejected them', async () => {
    await times(40, () => guess(HOME, username));
    expect(await times(10, () => guess())).toEqual(Array(10).fill('tried'));
  });

  it('count for the network if an account recognizes it, without being limited by it', async () => {
    const fromKnown = () => fail(`${username}-${Math.random()}`, HOME, true, throttleOn(table, strict));
    expect(await times(20, fromKnown)).toEqual(Array(20).fill('tried'));
    expect(await guess()).toBe(900);
    expect(await fromKnown()).toBe('tried');
  });

  it('are limited for a known network once the limit of its prefix is reached', async () => {
    const own = (address: string) => fail(username, address, true, throttleOn(table, strict));
    await times(10, () => own('203.0.113.8'));
    expect(await own(HOME)).toBe('tried');
    await times(19, () => guess());
    expect(await own(HOME)).toBe(900);
  });

  it('are allowed for many users behind one address', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, one) => fail(`${username}-${one}`)));
    expect(all).toEqual(Array(100).fill('tried'));
  });
});

describe('wrong passwords for one username from all addresses', () => {
  const settings = { ...THROTTLE, accountFailures: 5 };
  let address = 0;
  const guess = (isKnown = false) => {
    address += 1;
    const from = `10.${count}.${address >> 8}.${address & 255}`;
    return fail(username, from, isKnown, throttleOn(table, settings));
  };

  it('are not delayed up to the limit, and then increasingly, by an hour at most', async () => {
    expect(await times(5, () => guess())).toEqual(Array(5).fill('tried'));
    const waits: unknown[] = [];
    for (const _ of Array(9).keys()) {
      const wait = await guess();
      waits.push(wait);
      now += Number(wait);
      expect(await guess()).toBe('tried');
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });

  it('do not affect the owner on a known network', async () => {
    await times(8, () => guess());
    expect(await guess()).not.toBe('tried');
    expect(await guess(true)).toBe('tried');
  });

  it('cause no delay if the network limit rejected them', async () => {
    const strict = { ...settings, network: { failures: 1, seconds: 900 } };
    const on = throttleOn(table, strict);
    await times(4, () => guess());
    await fail(`${username}-other`, HOME, false, on);
    expect(await fail(username, HOME, false, on)).toBe(900);
    expect(await guess()).toBe('tried');
  });

  it('are not counted if the network limit rejected them, in any sequence', async () => {
    const strict = { ...settings, network: { failures: 1, seconds: 900 } };
    const on = throttleOn(table, strict);
    await fail(`${username}-other`, HOME, false, on);
    for (const _ of Array(10).keys()) {
      now += 1;
      const two = await Promise.all([hold(username, HOME, on), hold(username, HOME, on)]);
      for (const one of two) await one.release();
    }
    expect(await times(5, () => guess())).toEqual(Array(5).fill('tried'));
  });

  it('are allowed one at a time once they are delayed', async () => {
    await times(6, () => guess());
    now += 30;
    const all = await Promise.all(Array.from({ length: 20 }, () => guess()));
    expect(all.filter((one) => one === 'tried')).toHaveLength(1);
  });

  it('are no longer counted a month after the last one', async () => {
    await times(6, () => guess());
    now += 30 * 86_400;
    expect(await times(5, () => guess())).toEqual(Array(5).fill('tried'));
  });
});

describe('counters', () => {
  it('contain no username, and expire', async () => {
    await fail('canary-name');
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    expect(JSON.stringify(Items)).not.toContain('canary');
    expect(Items.length).toBeGreaterThan(1);
    for (const { expires } of Items) expect(Number.isSafeInteger(expires)).toBe(true);
  });

  it('are released exactly once even if the response is lost', async () => {
    const proxy = await startFaultProxy(table.endpoint);
    const client = createItemClient({ region: 'local', endpoint: proxy.endpoint });
    const on = throttleOn({ client, name: table.name });
    await times(9, () => fail(username, HOME, false, on));
    for (const _ of Array(5).keys()) {
      const attempt = await hold(username, HOME, on);
      let responses = 0;
      proxy.faultOf = () => {
        responses += 1;
        return responses <= 3 ? 'response lost' : 'none';
      };
      await attempt.release();
      proxy.faultOf = () => 'none';
    }
    expect(await times(3, () => fail(username, HOME, false, on))).toEqual(['tried', 900, 900]);
    client.destroy();
    await proxy.close();
  });

  it('neither allow nor throttle an attempt if they cannot be reached', async () => {
    const client = createItemClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const unreachable = throttleOn({ client, name: table.name });
    await expect(fail(username, HOME, false, unreachable)).rejects.toThrow(UnavailableError);
  });

  it('keep a wrong password of a known network that cannot be counted for the network', async () => {
    for (const _ of Array(10).keys()) {
      const user = tableUserOf(table, endingAt(1, false));
      expect(await fail(username, HOME, true, throttleOn(user))).toBe('tried');
      user.close();
    }
    expect(await fail()).toBe(900);
  });
});

describe('POST /api/token/', () => {
  let computed = 0;
  const counting: PasswordChecker = {
    ...plainPasswords,
    verify: (encoded, password) => {
      computed += 1;
      return plainPasswords.verify(encoded, password);
    },
    hashDummy: (password) => {
      computed += 1;
      return plainPasswords.hashDummy(password);
    },
  };
  const serviceWith = (options: Parameters<typeof createService>[1] = {}) =>
    createService(table, { clock: () => now * 1000, passwords: counting, ...options });
  const logInFrom = (
    service: ReturnType<typeof createService>,
    password: string,
    sourceIp = HOME,
    headers: Record<string, string> = {},
  ) => service.invoke('obtain', postJson({ username, password }, { sourceIp, headers }));
  const createUser = async () =>
    createUserRepository(table).create(userOf({ id: count, username, password: PASSWORD }));

  it('computes only as many hashes as the limit allows for 60 concurrent wrong passwords, and responds with 429 to the others', async () => {
    await createUser();
    computed = 0;
    const service = serviceWith();
    const all = await Promise.all(Array.from({ length: 60 }, () => logInFrom(service, 'wrong')));
    expect(computed).toBe(10);
    expect(all.filter(({ status }) => status === 400)).toHaveLength(10);
    const refused = all.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(50);
    for (const { headers, body } of refused) {
      expect(headers['Retry-After']).toBe('900');
      const detail = 'Request was throttled. Expected available in 900 seconds.';
      expect(body).toEqual({ detail, code: 'throttled' });
    }
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, ELSEWHERE)).status).toBe(200);
  });

  it('ignores X-Forwarded-For', async () => {
    await createUser();
    const service = serviceWith();
    for (const one of Array(10).keys()) {
      const headers = { 'X-Forwarded-For': `192.0.2.${one}` };
      expect((await logInFrom(service, 'wrong', HOME, headers)).status).toBe(400);
    }
    expect((await logInFrom(service, 'wrong', HOME, { 'X-Forwarded-For': '192.0.2.99' })).status).toBe(429);
  });

  it('counts by the address that a trusted proxy states with its secret, and no other', async () => {
    await createUser();
    const secret = 'canary-secret-of-the-proxy';
    const trustedProxy = {
      header: 'true-client-ip',
      secretDigest: createHash('sha256').update(secret).digest(),
    };
    const throttling = { ...THROTTLE, pair: { failures: 2, seconds: 900 } };
    const service = createService(table, { clock: () => now * 1000, trustedProxy, throttling });
    const attempt = async (address: string, sent: Record<string, string>) =>
      (await logInFrom(service, 'wrong', HOME, { 'True-Client-IP': address, ...sent })).status;
    const known = { 'Latchkey-Proxy-Secret': secret };
    expect([await attempt('192.0.2.1', known), await attempt('192.0.2.1', known)]).toEqual([400, 400]);
    expect(await attempt('192.0.2.1', known)).toBe(429);
    expect(await attempt('192.0.2.2', known)).toBe(400);
    // Without the secret, or with another one, all are the address of the connection.
    expect(await attempt('192.0.2.3', {})).toBe(400);
    expect(await attempt('192.0.2.4', { 'Latchkey-Proxy-Secret': `${secret}x` })).toBe(400);
    expect(await attempt('192.0.2.5', { 'Latchkey-Proxy-Secret': '' })).toBe(429);
    expect(await attempt('192.0.2.6', { 'X-Latchkey-Proxy-Secret': secret })).toBe(429);
    expect(service.lines.join()).not.toContain(secret);
  });

  const fillNetwork = async (service: ReturnType<typeof createService>) => {
    const guess = (name: string) =>
      service.invoke('obtain', postJson({ username: name, password: 'wrong' }, { sourceIp: HOME }));
    for (const one of Array(5).keys()) expect((await guess(`${username}-${one}`)).status).toBe(400);
    expect((await guess(`${username}-more`)).status).toBe(429);
    return guess;
  };
  const strict = { ...THROTTLE, network: { failures: 5, seconds: 900 } };

  it('allows owners from known networks, independently of the failures of others', async () => {
    await createUser();
    const throttling = { ...THROTTLE, accountFailures: 5 };
    const service = serviceWith({ throttling });
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', `198.51.${one}.100`);
    expect((await logInFrom(service, PASSWORD, '192.0.2.50')).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, '203.0.113.200')).status).toBe(200);
    expect((await logInFrom(service, PASSWORD, '192.0.2.50')).status).toBe(200);
  });

  it('keeps the ten networks that owners used last, not those that they used first', async () => {
    await createUser();
    const service = serviceWith({ throttling: { ...THROTTLE, accountFailures: 5 } });
    for (const one of Array(10).keys()) {
      expect((await logInFrom(service, PASSWORD)).status).toBe(200);
      expect((await logInFrom(service, PASSWORD, `192.0.${one}.50`)).status).toBe(200);
    }
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', `198.51.${one}.100`);
    expect((await logInFrom(service, PASSWORD, '192.0.0.50')).status).toBe(429);
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
  });

  it('starts from zero for a username that was deleted and created again', async () => {
    await createUser();
    const service = serviceWith({ throttling: { ...THROTTLE, accountFailures: 5 } });
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', `198.51.${one}.100`);
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    await createUserRepository(table).delete(username);
    await createUser();
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
  });

  it('allows the neighbors of an owner no more guesses than one network', async () => {
    await createUser();
    const throttling = { ...THROTTLE, accountFailures: 5 };
    const service = serviceWith({ throttling });
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', `198.51.${one}.100`);
    const statuses: number[] = [];
    for (const one of Array(12).keys()) {
      statuses.push((await logInFrom(service, 'wrong', `203.0.113.${one + 20}`)).status);
    }
    expect(statuses).toEqual([...Array(10).fill(400), 429, 429]);
  });

  it('allows owners from a full network that the account knows by an exact address or a prefix', async () => {
    await createUser();
    const service = serviceWith({ throttling: strict });
    await fillNetwork(service);
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    for (const known of ['203.0.113.99', '203.0.113.0/24']) {
      const update = new UpdateCommand({
        TableName: table.name,
        Key: { pk: `USER#${username}` },
        UpdateExpression: 'SET places = :places',
        ExpressionAttributeValues: { ':places': [known] },
      });
      await table.client.send(update);
      const elsewhere = serviceWith({ throttling: strict });
      for (const each of [service, elsewhere]) {
        expect((await logInFrom(each, PASSWORD)).status).toBe(200);
        expect((await logInFrom(each, 'wrong')).status).toBe(400);
      }
      now += 900;
      await fillNetwork(service);
    }
  });

  it('makes one call from a full network, and stores no attempt of the username', async () => {
    const service = serviceWith({ throttling: strict });
    const guess = await fillNetwork(service);
    const logs = async () => {
      const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
      return Items.filter(({ pk }) => String(pk).startsWith('FAILURES#USERNAME#'));
    };
    const before = (await logs()).length;
    for (const one of Array(5).keys()) {
      const calls = await callsDuring(table, () => guess(`${username}-random-${one}`));
      expect(calls).toEqual(['GetItem']);
    }
    expect(await logs()).toHaveLength(before);
  });

  it('leaves counters that expire within 15 minutes after a correct password', async () => {
    await createUser();
    const service = serviceWith();
    expect((await logInFrom(service, 'wrong')).status).toBe(400);
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    const Key = { pk: `FAILURES#USERNAME#${createHash('sha256').update(username).digest('base64url')}` };
    const { Item } = await table.client.send(new GetCommand({ TableName: table.name, Key }));
    expect(Item).toEqual({ ...Key, expires: now + 900 });
  });

  it('counts no failure if the table fails during a login', async () => {
    await createUser();
    const service = serviceWith();
    const failing = serviceWith({
      passwords: { ...counting, verify: () => Promise.reject(new UnavailableError({})) },
    });
    for (const _ of Array(15).keys()) expect((await logInFrom(failing, PASSWORD)).status).toBe(503);
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
  });
});
