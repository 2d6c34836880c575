import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LoginStorage } from '../../client/src/index.ts';
import { asyncStorage } from '../../client/src/storage/async-storage.ts';
import { expoSecureStore } from '../../client/src/storage/expo-secure-store.ts';
import { localStorage } from '../../client/src/storage/local-storage.ts';
import { memory } from '../../client/src/storage/memory.ts';
import { KeySet } from '../../lib/tokens/key-set.ts';
import { createPhone } from '../support/client-runtime.ts';
import { type ClientService, LIFETIME_S, PASSWORD, startClientService } from '../support/client-service.ts';

const ACCOUNT = '/api/account/';
const REFRESH = '/api/token/refresh/';
const OTHER_SECRET = new TextEncoder().encode('another signing key of thirty-two bytes or more');

let service: ClientService;
beforeAll(async () => {
  service = await startClientService();
});
afterAll(() => service.close());
afterEach(() => {
  service.faultOf = () => 'none';
  service.configure({});
});

async function logIn(storage: LoginStorage = memory()) {
  const phone = createPhone(service, { storage });
  const username = await service.createUser();
  await phone.client.login(username, PASSWORD);
  service.requests.length = 0;
  phone.events.length = 0;
  return { ...phone, username };
}
const refreshes = () => service.requests.filter(({ target }) => target === REFRESH);

describe('login', () => {
  const endings: [string, string, (username: string) => unknown][] = [
    [
      'its session was ended on another device',
      'revoked',
      async (username) => {
        const { client } = createPhone(service);
        await client.login(username, PASSWORD);
        await client.sessions.endOthers();
      },
    ],
    ['the user is disabled', 'user_disabled', (username) => service.disable(username)],
    ['the user is deleted', 'user_not_found', (username) => service.delete(username)],
    [
      'the secret has changed',
      'token_refused',
      () => service.configure({ keys: new KeySet({ algorithm: 'HS256', secret: OTHER_SECRET }) }),
    ],
    [
      'the token has expired',
      'expired',
      () => {
        service.now += LIFETIME_S * 2000;
      },
    ],
  ];
  it.each(endings)('ends once, with the reason, if %s', async (_, reason, change) => {
    const { client, events, storage, username } = await logIn();
    await change(username);
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => client.fetch(ACCOUNT)));
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'login_required' } });
    }
    expect(events).toEqual([{ type: 'logout', reason }]);
    expect(await storage.read()).toBeUndefined();
    const { length } = service.requests;
    await expect(client.refresh()).rejects.toMatchObject({ code: 'login_required' });
    expect(service.requests).toHaveLength(length);
  });

  it.each(endings)('ends at a refresh, too, if %s', async (_, reason, change) => {
    const { client, events, username } = await logIn();
    await change(username);
    await expect(client.refresh()).rejects.toMatchObject({ code: 'login_required', reason });
    expect(refreshes()).toHaveLength(1);
    expect(events).toEqual([{ type: 'logout', reason }]);
  });

  it('is kept until its token expires if it is too old to be refreshed', async () => {
    const { client, events } = await logIn();
    service.configure({ refreshSeconds: 200 });
    service.now += 210_000;
    await client.refresh();
    for (let count = 0; count < 3; count += 1) expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(refreshes()).toHaveLength(1);
    service.now += LIFETIME_S * 1000;
    await expect(client.fetch(ACCOUNT)).rejects.toMatchObject({ reason: 'expired' });
    expect(events).toEqual([{ type: 'logout', reason: 'expired' }]);
  });

  it('of another tab replaces one whose session has ended', async () => {
    const { client, events, storage, username } = await logIn();
    const other = createPhone(service, { storage });
    await other.client.login(username, PASSWORD);
    await other.client.sessions.endOthers();
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(events).toEqual([]);
    expect(await client.user()).toMatchObject({ username });
  });

  it('does not return after a logout during a refresh', async () => {
    const { client, events, storage, username } = await logIn();
    service.faultOf = ({ target }) =>
      target === REFRESH ? { kind: 'response delayed', delayMs: 20 } : 'none';
    const refused = expect(client.refresh()).rejects.toMatchObject({ code: 'login_required' });
    await expect.poll(() => refreshes().length, { interval: 5 }).toBe(1);
    expect(await client.logout()).toBe(true);
    await refused;
    expect(await storage.read()).toBeUndefined();
    expect(await client.user()).toBeUndefined();
    expect(events).toEqual([{ type: 'logout', reason: 'logged_out' }]);
    const { client: other } = createPhone(service);
    await other.login(username, PASSWORD);
    expect(await other.sessions.list()).toHaveLength(1);
  });

  it('of another user is not replaced by the refresh of the first one', async () => {
    const { client } = await logIn();
    service.faultOf = ({ target }) =>
      target === REFRESH ? { kind: 'response delayed', delayMs: 20 } : 'none';
    const refreshed = client.refresh();
    await expect.poll(() => refreshes().length, { interval: 5 }).toBe(1);
    const second = await service.createUser();
    await client.login(second, PASSWORD);
    await refreshed;
    expect(await client.user()).toMatchObject({ username: second });
  });

  it('ends on this device without a network, and says that the service does not know', async () => {
    const { client, storage } = await logIn();
    service.faultOf = () => 'request lost';
    expect(await client.logout()).toBe(false);
    expect(await storage.read()).toBeUndefined();
  });

  it('survives a restart, with the clock of the service', async () => {
    const { storage, username } = await logIn();
    service.now += LIFETIME_S * 400;
    const { client } = createPhone(service, { storage, ahead: 3_600_000 });
    expect(await client.user()).toMatchObject({ username });
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
  });
});

describe('storage', () => {
  /** A storage that fails while an operation is listed. */
  const createFailing = () => {
    const inner = memory();
    const failing = new Set<string>();
    const attempts: string[] = [];
    const guard = (operation: string) => {
      attempts.push(operation);
      if (failing.has(operation)) throw new Error(`${operation} failed`);
    };
    const storage: LoginStorage = {
      name: 'failing',
      read: async () => {
        guard('read');
        return inner.read();
      },
      write: async (text) => {
        guard('write');
        return inner.write(text);
      },
      remove: async () => {
        guard('remove');
        return inner.remove();
      },
    };
    return { storage, failing, attempts, inner };
  };

  it('that is full is reported once; the login is kept in memory and written later', async () => {
    const { storage, failing, inner } = createFailing();
    const { client, events } = await logIn(storage);
    failing.add('write');
    service.now += LIFETIME_S * 500;
    await client.refresh();
    service.now += LIFETIME_S * 500;
    await client.refresh();
    expect(refreshes()).toHaveLength(2);
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(events).toEqual(['write']);
    failing.clear();
    await client.user();
    const { client: restarted } = createPhone(service, { storage: inner });
    await restarted.refresh();
    expect((await restarted.fetch(ACCOUNT)).status).toBe(200);
  });

  it('that is locked at the start does not end the login', async () => {
    const { storage, failing } = createFailing();
    const { username } = await logIn(storage);
    failing.add('read');
    const { client, events } = createPhone(service, { storage });
    await expect(client.user()).rejects.toMatchObject({ code: 'storage_failed' });
    await expect(client.fetch(ACCOUNT)).rejects.toMatchObject({ code: 'storage_failed' });
    expect(events).toEqual(['read']);
    failing.clear();
    expect(await client.user()).toMatchObject({ username });
  });

  it('that fails at every operation allows a login in memory, without a loop', async () => {
    const { storage, failing, attempts } = createFailing();
    for (const operation of ['read', 'write', 'remove']) failing.add(operation);
    const { client, events } = await logIn(storage);
    attempts.length = 0;
    expect((await client.fetch(ACCOUNT)).status).toBe(200);
    expect(attempts).toEqual(['write']);
    await client.refresh();
    await client.logout();
    expect(await client.user()).toBeUndefined();
    expect(events).toEqual([{ type: 'logout', reason: 'logged_out' }]);
  });

  it.each(['garbage', '{}', 'null', '{"token":"a.b.c","key":"k"}', '{"token":1,"key":"k"}'])(
    'with the text %s is reported, and the user logs in again',
    async (text) => {
      const storage = memory();
      await storage.write(text);
      const { client, events } = createPhone(service, { storage });
      expect(await client.user()).toBeUndefined();
      await expect(client.fetch(ACCOUNT)).rejects.toMatchObject({ code: 'login_required' });
      expect(events).toEqual(['content']);
      const username = await service.createUser();
      await client.login(username, PASSWORD);
      expect(await client.user()).toMatchObject({ username });
    },
  );

  it.each<[string, () => LoginStorage]>([
    [
      'localStorage',
      () => {
        const items = createItems();
        return localStorage(() => items);
      },
    ],
    [
      'AsyncStorage',
      () => {
        const items = createItems();
        return asyncStorage({
          getItem: async (key) => items.getItem(key),
          setItem: async (key, value) => items.setItem(key, value),
          removeItem: async (key) => items.removeItem(key),
        });
      },
    ],
    [
      'SecureStore',
      () => {
        const items = createItems();
        return expoSecureStore({
          getItemAsync: async (key) => items.getItem(key),
          setItemAsync: async (key, value) => items.setItem(key, value),
          deleteItemAsync: async (key) => items.removeItem(key),
        });
      },
    ],
  ])('%s keeps a login over a restart, within the limits of SecureStore', async (_, create) => {
    const storage = create();
    const { username } = await logIn(storage);
    // SecureStore accepts these characters in a key, and values of up to 2,048 bytes.
    expect(storage.name).toMatch(/^[\w.-]+$/);
    expect(String(await storage.read()).length).toBeLessThan(2048);
    const { client } = createPhone(service, { storage });
    expect(await client.user()).toMatchObject({ username });
    await client.logout();
    expect(await storage.read()).toBeNull();
  });

  it('that a browser blocks is reported', async () => {
    const storage = localStorage(() => {
      throw new Error('SecurityError');
    });
    const { client, events } = createPhone(service, { storage });
    await expect(client.user()).rejects.toMatchObject({ code: 'storage_failed' });
    expect(events).toEqual(['read']);
  });
});

/** The items of `localStorage`. */
function createItems() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => {
      items.set(key, value);
    },
    removeItem: (key: string) => {
      items.delete(key);
    },
  };
}
