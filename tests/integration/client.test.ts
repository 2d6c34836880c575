import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient, type Locks } from '../../client/src/index.ts';
import { memory } from '../../client/src/storage/memory.ts';
import { replacement, type ServiceFault } from '../../tools/harness/fault-server.ts';
import { createPhone, fetchWithoutDate } from '../support/client-runtime.ts';
import { type ClientService, LIFETIME_S, PASSWORD, startClientService } from '../support/client-service.ts';

const REFRESH = '/api/token/refresh/';
const ACCOUNT = '/api/account/';
const HOUR_MS = 3_600_000;
const POLL = { interval: 5 };
const HALF_MS = (LIFETIME_S * 1000) / 2;
/** A token that has expired is refreshed, so that its refresh can be tested alone. */
const AFTER_EXPIRY = { refreshAfterExpiry: true };

let service: ClientService;
beforeAll(async () => {
  service = await startClientService();
});
afterAll(() => service.close());
afterEach(() => {
  service.faultOf = () => 'none';
  service.configure({});
});

/** Logs in on a new phone. The requests begin after the login. */
async function logIn(options: Parameters<typeof createPhone>[1] = {}) {
  const phone = createPhone(service, options);
  const username = await service.createUser();
  await phone.client.login(username, PASSWORD);
  service.requests.length = 0;
  return { ...phone, username };
}
const refreshes = () => service.requests.filter(({ target }) => target === REFRESH);
const keys = () => new Set(refreshes().map(({ headers }) => headers['idempotency-key']));
/** Injects a fault into the first refreshes. */
const failRefreshes = (fault: ServiceFault, count = 1) => {
  service.faultOf = ({ target }) => (target === REFRESH && refreshes().length <= count ? fault : 'none');
};
const respond = (status: number, body: string, headers: [string, string][] = []): ServiceFault =>
  replacement(status, body, [['Content-Type', 'application/json'], ...headers]);

describe('client', () => {
  it('logs in, lists the posts page by page, and knows its user', async () => {
    const { client, events, username } = await logIn();
    const user = { id: expect.any(Number), username, email: 'deku@example.com' };
    expect(await client.user()).toEqual(user);
    const pages: number[][] = [];
    for await (const page of client.posts({ limit: 2 })) pages.push(page.map(({ pk }) => pk));
    expect(pages).toEqual([[3, 2], [1]]);
    expect(events).toEqual([{ type: 'login', user }]);
  });

  it('names its device and ends other sessions', async () => {
    const { client, username } = await logIn({ device: 'Änna’s phone' });
    service.now -= 1000;
    const other = createPhone(service);
    await other.client.login(username, PASSWORD);
    service.now += 1000;
    expect(await client.sessions.list()).toMatchObject([
      { device: 'Änna’s phone', current: true },
      { device: 'node', current: false },
    ]);
    await client.sessions.endOthers();
    await expect(other.client.fetch(ACCOUNT)).rejects.toMatchObject({
      code: 'login_required',
      reason: 'revoked',
    });
    expect(await client.sessions.list()).toHaveLength(1);
  });

  it('reports wrong credentials and the fields that are not valid', async () => {
    const { client, username } = await logIn();
    const wrong = 'Unable to log in with provided credentials.';
    await expect(client.login(username, 'wrong')).rejects.toMatchObject({
      code: 'credentials_refused',
      message: wrong,
    });
    await expect(client.login('', 'wrong')).rejects.toMatchObject({
      code: 'invalid_input',
      fields: { username: ['This field may not be blank.'] },
    });
    await expect(client.changePassword('wrong', 'Correct horse 9')).rejects.toMatchObject({
      fields: { current_password: ['Invalid password.'] },
    });
    await client.changePassword(PASSWORD, 'Correct horse 9');
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
  });

  it('does not send the token to another service', async () => {
    const { client } = await logIn();
    for (const url of ['http://127.0.0.1:9/', '//127.0.0.1:9/', `${service.url}.example/`]) {
      await expect(client.fetch(url)).rejects.toMatchObject({ code: 'request_refused' });
    }
    expect((await client.fetch(`${service.url}${ACCOUNT}`)).status).toBe(200);
  });
});

describe('createClient', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ['crypto', 'randomId'],
    ['fetch', 'fetch'],
  ])('names the option that replaces the missing global %s', (name, option) => {
    vi.stubGlobal(name, undefined);
    const options = { baseUrl: service.url, storage: memory() };
    expect(() => createClient(options)).toThrow(new RegExp(`no ${name}.*Pass the option ${option}`));
    const replaced = { ...options, fetch: fetchWithoutDate, randomId: () => 'id' };
    expect(() => createClient(replaced)).not.toThrow();
  });
});

describe('refresh', () => {
  it.each([
    ['right', 0, undefined],
    ['an hour ahead', HOUR_MS, undefined],
    ['an hour behind', -HOUR_MS, undefined],
    ['an hour ahead, and the date is not readable', HOUR_MS, fetchWithoutDate],
    ['an hour behind, and the date is not readable', -HOUR_MS, fetchWithoutDate],
  ])('is sent at half of the lifetime if the clock of the phone is %s', async (_, ahead, fetch) => {
    const { client, storage } = await logIn({ ahead, ...(fetch && { fetch }) });
    service.now += HALF_MS - 2000;
    await client.fetch(ACCOUNT);
    expect(refreshes()).toHaveLength(0);
    for (let half = 1; half <= 6; half += 1) {
      service.now += half === 1 ? 4000 : HALF_MS + 4000;
      const before = await storage.read();
      expect((await client.fetch(ACCOUNT)).status).toBe(200);
      await expect.poll(() => storage.read(), POLL).not.toBe(before);
      expect(refreshes()).toHaveLength(half);
    }
  });

  it.each(['response lost', 'response truncated', 'request lost', 'request duplicated'] as const)(
    'is repeated with the same key after: %s',
    async (fault) => {
      const { client, events } = await logIn();
      service.now += HALF_MS;
      failRefreshes(fault);
      await client.refresh();
      expect(refreshes()).toHaveLength(fault === 'request duplicated' ? 1 : 2);
      expect(keys().size).toBe(1);
      service.now += HALF_MS;
      await client.refresh();
      expect(keys().size).toBe(2);
      expect((await client.fetch(ACCOUNT)).status).toBe(200);
      expect(events).toHaveLength(1);
    },
  );

  it('is repeated with the same key by an app that was killed before it stored the response', async () => {
    const storage = memory();
    const first = await logIn({ storage });
    service.now += HALF_MS;
    const killed = createPhone(service, {
      storage: { ...storage, write: () => new Promise<void>(() => {}) },
    });
    const lost = killed.client.refresh();
    await expect.poll(() => refreshes().length, POLL).toBe(1);
    const { client } = createPhone(service, { storage });
    await client.refresh();
    expect(keys().size).toBe(1);
    service.now += HALF_MS;
    await client.refresh();
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(first.events).toHaveLength(1);
    expect(await Promise.race([lost, 'pending'])).toBe('pending');
  });

  it('is sent once for five requests with an expired token, which are then repeated', async () => {
    service.configure(AFTER_EXPIRY);
    const { client } = await logIn();
    service.now += 4 * HALF_MS;
    const responses = await Promise.all(Array.from({ length: 5 }, () => client.fetch(ACCOUNT)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(refreshes()).toHaveLength(1);
  });

  it('is sent after a 401 if the clock of the phone hides that the token has expired', async () => {
    service.configure(AFTER_EXPIRY);
    const { client } = await logIn({ fetch: fetchWithoutDate });
    service.now += 4 * HALF_MS;
    const { client: late } = await logIn({ ahead: -4 * HALF_MS, fetch: fetchWithoutDate });
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect((await late.fetch(ACCOUNT)).status).toBe(200);
  });

  it('has the same key in two tabs without locks, and the login survives', async () => {
    const storage = memory();
    const { client } = await logIn({ storage });
    const other = createPhone(service, { storage });
    for (let round = 1; round <= 3; round += 1) {
      service.now += HALF_MS;
      await Promise.all([client.refresh(), other.client.refresh()]);
      expect(keys().size).toBe(round);
    }
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect((await other.client.fetch(ACCOUNT)).status).toBe(200);
  });

  it('is sent by one of two tabs with locks', async () => {
    const [storage, locks] = [memory(), createLocks()];
    const { client } = await logIn({ storage, locks });
    const other = createPhone(service, { storage, locks });
    service.now += HALF_MS;
    await Promise.all([client.refresh(), other.client.refresh(), other.client.refresh()]);
    expect(refreshes()).toHaveLength(1);
    expect((await other.client.fetch(ACCOUNT)).status).toBe(200);
  });

  it('works where the browser refuses locks', async () => {
    const locks: Locks = { request: () => Promise.reject(new Error('SecurityError')) };
    const { client } = await logIn({ locks });
    await client.refresh();
    expect(refreshes()).toHaveLength(1);
  });

  it('opens a session for a token of Django that the app has stored', async () => {
    const { storage, username, client: before } = await logIn();
    const stored = JSON.parse(String(await storage.read()));
    const { client } = createPhone(service);
    expect(await client.adopt(stored.token)).toMatchObject({ username });
    await client.fetch(ACCOUNT);
    await expect.poll(() => refreshes().length, POLL).toBe(1);
    await expect(client.adopt('no token')).rejects.toMatchObject({ code: 'request_refused' });
    expect(await before.user()).toMatchObject({ username });
  });
});

/** Web Locks in one process. */
function createLocks(): Locks {
  let queue: Promise<unknown> = Promise.resolve();
  return {
    request: (_, work) => {
      const result = queue.then(work);
      queue = result.catch(() => undefined);
      return result;
    },
  };
}

describe('failures', () => {
  it('keeps the login while refreshes return 503, and does not delay requests', async () => {
    const { client, events } = await logIn();
    service.now += HALF_MS;
    failRefreshes(respond(503, '{"detail":"Service temporarily unavailable, try again later."}'), 99);
    await expect(client.refresh()).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    expect(refreshes()).toHaveLength(4);
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    // Joins the refresh that runs in the background.
    await client.refresh().catch(() => undefined);
    service.faultOf = () => 'none';
    service.now += 60_000;
    await client.refresh();
    expect(keys().size).toBe(1);
    expect(events).toHaveLength(1);
  });

  it('waits longer after each failure, up to about a minute', async () => {
    const { client } = await logIn();
    failRefreshes('request lost', 99);
    const pauses: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = service.now;
      await client.refresh().catch(() => undefined);
      pauses.push(service.now - before);
    }
    expect(pauses).toEqual([375 + 750 + 1500, 3000 + 6000, 0]);
    expect(refreshes()).toHaveLength(6);
  });

  it('sends no refresh before the time of Retry-After', async () => {
    const { client } = await logIn();
    failRefreshes(respond(429, '{"detail":"Request was throttled."}', [['Retry-After', '120']]));
    const throttled = { code: 'throttled', retryAfterSeconds: 120 };
    await expect(client.refresh()).rejects.toMatchObject(throttled);
    service.now += 60_000;
    await expect(client.refresh()).rejects.toMatchObject(throttled);
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(refreshes()).toHaveLength(1);
    service.now += 61_000;
    await client.refresh();
    expect(refreshes()).toHaveLength(2);
  });

  it('names a base URL that responds with HTML, and keeps the login', async () => {
    const { client, username } = await logIn();
    const portal = respond(200, '<!doctype html><title>Welcome to the hotel</title>', [
      ['Content-Type', 'text/html'],
    ]);
    service.faultOf = () => portal;
    const foreign = { code: 'not_the_service', message: expect.stringContaining(service.url) };
    await expect(client.fetch(ACCOUNT)).rejects.toMatchObject(foreign);
    await expect(client.refresh()).rejects.toMatchObject(foreign);
    await expect(client.login(username, PASSWORD)).rejects.toMatchObject(foreign);
    expect(await client.logout()).toBe(false);
  });

  it('does not follow a redirect with the token', async () => {
    const { client, events } = await logIn();
    const targets: string[] = [];
    service.faultOf = ({ target }) => {
      targets.push(target);
      return respond(307, '', [['Location', `${service.url}/elsewhere/`]]);
    };
    await expect(client.fetch(ACCOUNT)).rejects.toMatchObject({ code: 'not_the_service' });
    await expect(client.refresh()).rejects.toMatchObject({ code: 'not_the_service' });
    expect(targets).toEqual([ACCOUNT, REFRESH]);
    expect(events).toHaveLength(1);
  });

  it('does not take another body for a list', async () => {
    const { client } = await logIn();
    service.faultOf = () => respond(200, '{"posts":[]}');
    await expect(client.posts().next()).rejects.toMatchObject({ code: 'not_the_service' });
    await expect(client.sessions.list()).rejects.toMatchObject({ code: 'not_the_service' });
  });

  it.each([
    ['a refresh that returns 404', 404, '{"detail":"Not found."}'],
    ['a refresh that returns 400 about another field', 400, '{"token":["This field is required."]}'],
    ['a refresh that returns 401 by a proxy', 401, '{"message":"proxy authentication"}'],
    ['a refresh that returns 200 without a token', 200, '{}'],
  ])('keeps the login after %s', async (_, status, body) => {
    const { client, events } = await logIn();
    failRefreshes(respond(status, body));
    await expect(client.refresh()).rejects.toMatchObject({ name: 'LatchkeyError', status });
    await client.refresh();
    expect(events).toHaveLength(1);
  });

  it('keeps the login after a 401 that is not about the token', async () => {
    const { client, events } = await logIn();
    const missing = '{"detail":"Authentication credentials were not provided."}';
    service.faultOf = () => respond(401, missing);
    const response = await client.fetch(ACCOUNT);
    expect(await response.text()).toBe(missing);
    expect(events).toHaveLength(1);
  });
});
