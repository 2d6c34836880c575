import { createHash } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { FailureCounterRepository } from '../../lib/dynamodb/failure-counters.ts';
import { UserRepository } from '../../lib/dynamodb/users.ts';
import { ThrottledError, UnavailableError } from '../../lib/errors.ts';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { type Reservation, Throttle } from '../../lib/throttling/throttle.ts';
import { postJson } from '../../tools/harness/events.ts';
import { createService, THROTTLE } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';

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
  // Later than anything that the test before has counted.
  now += 40 * 86_400;
  throttle = throttleOn(new FailureCounterRepository(table));
});

const throttleOn = (counters: FailureCounterRepository, settings = THROTTLE) =>
  new Throttle({ counters, settings, clock: () => now });
/** A wrong password, or for how long it is not even tried. */
const fail = async (name = username, address = HOME, isKnown = false, on = throttle) => {
  let reservation: Reservation | undefined;
  try {
    reservation = await on.reserve(name, address);
    await reservation.admit(isKnown);
    return 'tried';
  } catch (error) {
    await reservation?.released();
    if (error instanceof ThrottledError) return error.retryAfterSeconds;
    throw error;
  }
};
const times = async <Result>(many: number, work: () => Promise<Result>): Promise<Result[]> => {
  const results: Result[] = [];
  for (let index = 0; index < many; index += 1) results.push(await work());
  return results;
};

describe('wrong passwords of one user from one address', () => {
  it('are tried ten times in fifteen minutes, and then not, whether there is such a user or not', async () => {
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
    now += 60;
    expect(await fail()).toBe(840);
    now += 839;
    expect(await fail()).toBe(1);
    now += 1;
    expect(await fail()).toBe('tried');
  });

  it('are tried ten times also when two hundred come at once', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => fail()));
    expect(all.filter((one) => one === 'tried')).toHaveLength(10);
  });

  it('do not keep the user out from another address, nor another user from this one', async () => {
    await times(11, () => fail());
    expect(await fail(username, ELSEWHERE)).toBe('tried');
    expect(await fail(`${username}-other`)).toBe('tried');
  });

  it('begin anew after a right one', async () => {
    await times(9, () => fail());
    const reservation = await throttle.reserve(username, HOME);
    await reservation.succeeded();
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
  });

  it('do not count where nothing was found out', async () => {
    for (const _ of Array(30).keys()) await (await throttle.reserve(username, HOME)).released();
    expect(await times(10, () => fail())).toEqual(Array(10).fill('tried'));
  });
});

describe('wrong passwords from one address', () => {
  const strict = { ...THROTTLE, network: { failures: 20, seconds: 900 } };
  const guess = (address = HOME, name = `${username}-${Math.random()}`) =>
    fail(name, address, false, throttleOn(new FailureCounterRepository(table), strict));

  it('are limited whatever the user, and a right one gives back its own only', async () => {
    await times(10, () => guess());
    for (const _ of Array(5).keys()) {
      const reservation = await throttleOn(new FailureCounterRepository(table), strict).reserve('own', HOME);
      await reservation.succeeded();
    }
    expect(await times(10, () => guess())).toEqual(Array(10).fill('tried'));
    expect(await guess()).toBe(900);
    expect(await guess(ELSEWHERE)).toBe('tried');
  });

  it('count an IPv6 neighbourhood as one', async () => {
    const all = await times(25, () =>
      guess(`2001:db8:1:2::${(count * 1000 + Math.floor(Math.random() * 900)).toString(16)}`),
    );
    expect(all.filter((one) => one === 'tried')).toHaveLength(20);
    expect(await guess('2001:db8:1:3::1')).toBe('tried');
  });

  it('cost it nothing where they were refused for their user', async () => {
    await times(40, () => guess(HOME, username));
    expect(await times(10, () => guess())).toEqual(Array(10).fill('tried'));
  });

  it('leave room for many people behind it', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, (_, one) => fail(`${username}-${one}`)));
    expect(all).toEqual(Array(100).fill('tried'));
  });
});

describe('wrong passwords of one user from anywhere', () => {
  const settings = { ...THROTTLE, accountFailures: 5 };
  let address = 0;
  const guess = (isKnown = false) => {
    address += 1;
    const from = `10.${count}.${address >> 8}.${address & 255}`;
    return fail(username, from, isKnown, throttleOn(new FailureCounterRepository(table), settings));
  };

  it('are free up to the limit, and then wait ever longer, an hour at most', async () => {
    expect(await times(5, () => guess())).toEqual(Array(5).fill('tried'));
    expect(await guess()).toBe('tried');
    const waits: unknown[] = [];
    for (const _ of Array(9).keys()) {
      const wait = await guess();
      waits.push(wait);
      now += Number(wait);
      expect(await guess()).toBe('tried');
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
  });

  it('never keep the owner out at a place that the account knows', async () => {
    await times(8, () => guess());
    expect(await guess()).not.toBe('tried');
    expect(await guess(true)).toBe('tried');
  });

  it('make nobody wait where they were refused for their network', async () => {
    const strict = { ...settings, network: { failures: 1, seconds: 900 } };
    const on = throttleOn(new FailureCounterRepository(table), strict);
    await times(5, () => guess());
    await fail(`${username}-other`, HOME, false, on);
    expect(await fail(username, HOME, false, on)).toBe(900);
    expect(await guess()).toBe('tried');
  });

  it('do not count where they were refused for their network, whatever comes in between', async () => {
    const strict = { ...settings, network: { failures: 1, seconds: 900 } };
    const on = throttleOn(new FailureCounterRepository(table), strict);
    await fail(`${username}-other`, HOME, false, on);
    for (const _ of Array(10).keys()) {
      const two = [await on.reserve(username, HOME)];
      now += 1;
      two.push(await on.reserve(username, HOME));
      for (const one of two) await one.released();
    }
    expect(await times(6, () => guess())).toEqual(Array(6).fill('tried'));
  });

  it('beyond the limit make nobody wait before their network has let them through', async () => {
    const counters = new FailureCounterRepository(table);
    await times(5, () => guess());
    let letThrough = (_: boolean) => {};
    const isLetThrough = new Promise<boolean>((resolve) => {
      letThrough = resolve;
    });
    const rule = { free: 5, keptSeconds: 1000, delayAfter: () => 3600 };
    const key = `ACCOUNT#${createHash('sha256').update(username).digest('base64url')}`;
    const waiting = counters.countInRow(key, rule, now, isLetThrough);
    expect(await guess()).toBe('tried');
    letThrough(false);
    await waiting;
    now += 30;
    expect(await counters.countInRow(key, rule, now, Promise.resolve(false))).toEqual({ waitSeconds: 0 });
    expect(await guess()).toBe('tried');
  });

  it('are let through one at a time once they have to wait', async () => {
    await times(6, () => guess());
    now += 30;
    const all = await Promise.all(Array.from({ length: 20 }, () => guess()));
    expect(all.filter((one) => one === 'tried')).toHaveLength(1);
  });

  it('are forgotten a month after the last one', async () => {
    await times(6, () => guess());
    now += 30 * 86_400;
    expect(await times(5, () => guess())).toEqual(Array(5).fill('tried'));
  });
});

describe('the counters', () => {
  it('name no user, and say when they may be deleted', async () => {
    await fail('canary-name');
    const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
    expect(JSON.stringify(Items)).not.toContain('canary');
    expect(Items.length).toBeGreaterThan(2);
    for (const { expires } of Items) expect(Number.isSafeInteger(expires)).toBe(true);
  });

  it('are taken back once, though the answer to that is lost', async () => {
    const proxy = await startFaultProxy(table.endpoint);
    const client = createDocumentClient({ region: 'local', endpoint: proxy.endpoint });
    const on = throttleOn(new FailureCounterRepository({ client, name: table.name }));
    await times(9, () => fail(username, HOME, false, on));
    for (const _ of Array(5).keys()) {
      const reservation = await on.reserve(username, HOME);
      await reservation.admit(false);
      let answers = 0;
      proxy.faultOf = () => {
        answers += 1;
        return answers <= 3 ? 'answer lost' : 'none';
      };
      await reservation.released();
      proxy.faultOf = () => 'none';
    }
    expect(await times(3, () => fail(username, HOME, false, on))).toEqual(['tried', 900, 900]);
    client.destroy();
    await proxy.close();
  });

  it('that cannot be reached let nobody in and keep nobody out', async () => {
    const client = createDocumentClient({ region: 'local', endpoint: 'http://127.0.0.1:1' });
    const gone = throttleOn(new FailureCounterRepository({ client, name: table.name }));
    await expect(gone.reserve(username, HOME)).rejects.toThrow(UnavailableError);
  });
});

describe('a login over HTTP', () => {
  const passwords = new Passwords();
  let computed = 0;
  const counting = {
    verify: (encoded: string, password: string) => {
      computed += 1;
      return passwords.verify(encoded, password);
    },
    decoy: (password: string) => {
      computed += 1;
      return passwords.decoy(password);
    },
    hash: (password: string) => passwords.hash(password),
    needsRehash: (encoded: string) => passwords.needsRehash(encoded),
    isCurrentWork: (encoded: string) => passwords.isCurrentWork(encoded),
  };
  const logInFrom = (
    service: ReturnType<typeof createService>,
    password: string,
    sourceIp = HOME,
    headers: Record<string, string> = {},
  ) => service.invoke('obtain', postJson({ username, password }, { sourceIp, headers }));
  const createUser = async () =>
    new UserRepository(table).create(
      userOf({ id: count, username, password: await passwords.hash(PASSWORD) }),
    );

  it('computes the limit’s number of hashes for 200 wrong passwords at once; the rest is 429', async () => {
    await createUser();
    computed = 0;
    const service = createService(table, { clock: () => now * 1000, passwords: counting });
    const all = await Promise.all(Array.from({ length: 200 }, () => logInFrom(service, 'wrong')));
    expect(computed).toBe(10);
    expect(all.filter(({ status }) => status === 400)).toHaveLength(10);
    const refused = all.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(190);
    for (const { headers, body } of refused) {
      expect(headers['Retry-After']).toBe('900');
      const detail = 'Request was throttled. Expected available in 900 seconds.';
      expect(body).toEqual({ detail, code: 'throttled' });
    }
    expect((await logInFrom(service, PASSWORD)).status).toBe(429);
    expect((await logInFrom(service, PASSWORD, ELSEWHERE)).status).toBe(200);
  });

  it('believes no X-Forwarded-For', async () => {
    await createUser();
    const service = createService(table, { clock: () => now * 1000 });
    for (const one of Array(10).keys()) {
      const headers = { 'X-Forwarded-For': `192.0.2.${one}` };
      expect((await logInFrom(service, 'wrong', HOME, headers)).status).toBe(400);
    }
    expect((await logInFrom(service, 'wrong', HOME, { 'X-Forwarded-For': '192.0.2.99' })).status).toBe(429);
  });

  it('lets owners in from where they were before, whatever others guess', async () => {
    await createUser();
    const throttling = { ...THROTTLE, accountFailures: 5 };
    const service = createService(table, { clock: () => now * 1000, throttling });
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    for (const one of Array(6).keys()) await logInFrom(service, 'wrong', `198.51.100.${one}`);
    expect((await logInFrom(service, PASSWORD, '192.0.2.50')).status).toBe(429);
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
    expect((await logInFrom(service, PASSWORD, '192.0.2.50')).status).toBe(200);
  });

  it('whose table fails on the way counts as no failure', async () => {
    await createUser();
    const service = createService(table, { clock: () => now * 1000, passwords: counting });
    const failing = createService(table, {
      clock: () => now * 1000,
      passwords: { ...counting, verify: () => Promise.reject(new UnavailableError({})) },
    });
    for (const _ of Array(15).keys()) expect((await logInFrom(failing, PASSWORD)).status).toBe(503);
    expect((await logInFrom(service, PASSWORD)).status).toBe(200);
  });
});
