import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { createClient } from '../../client/src/index.ts';
import { memory } from '../../client/src/storage/memory.ts';
import type { Table } from '../../lib/dynamodb/client.ts';
import { createPostImports, createUserRepository } from '../../lib/wiring.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { RESPONSE_MS } from '../../tools/harness/time-limits.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { launchBrowser } from './browser.ts';
import { buildClient, exportForBrowsers, type Site, serveSite } from './expo-example.ts';
import { startBuiltServer } from './programs.ts';

const PASSWORD = 'correct horse battery staple';
/** Wrong passwords of a user before further attempts are refused. */
export const FAILURES = 3;
export const POSTS = 45;
const PHONE = { width: 390, height: 844 };
const DAY_MS = 86_400_000;

/** The newest posts, newest first. */
const ARTICLES = [
  [
    'Notes from the workshop',
    'We spent the day on keys: how they are cut, how they wear, and why an old lock sometimes opens for a new one.',
  ],
  [
    'A quieter release',
    'This version changes little that you can see. Lists load faster, and the app keeps your place when the network drops.',
  ],
  [
    'How we store your password',
    'Never as you typed it. A slow hash makes guessing expensive, even for an attacker with a copy of the database.',
  ],
  [
    'Three things to check before you travel',
    'Log out of devices that stay at home, charge the one that you take, and update the app.',
  ],
  [
    'Opening hours in winter',
    'From December on, the office opens at nine. Messages are answered on the same day.',
  ],
] as const;
export const [[NEWEST_TITLE]] = ARTICLES;

/** The exported example, a started service and a browser. */
export interface ExpoApp {
  readonly server: RunningServer;
  storePost(pk: number, title: string): Promise<void>;
  /** Creates a user with the password. Returns the username. */
  createUser(): Promise<string>;
  /** Logs in on another device. */
  logInElsewhere(username: string, device?: string): Promise<ReturnType<typeof createClient>>;
  /** Opens the app on a new device. */
  open(options?: BrowserContextOptions): Promise<Phone>;
  /** Opens the app and logs in as a new user. */
  openLoggedIn(options?: BrowserContextOptions): Promise<Phone & { readonly username: string }>;
  close(): Promise<void>;
}

/** The app in a browser, by what its user sees. */
export interface Phone {
  readonly page: Page;
  /** Errors of scripts, without responses that are errors. */
  readonly errors: readonly string[];
  button(name: string): Locator;
  field(name: string): Locator;
  openTab(name: string): Promise<void>;
  logIn(username: string, password?: string): Promise<void>;
}

/** Starts the service with posts, exports the example for its URL, and starts a browser. */
export async function startExpoApp(): Promise<ExpoApp> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-expo-'));
  const ends: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const site = await serveSite(join(folder, 'site'));
    ends.push(() => site.close());
    const server = await startBuiltServer({
      env: { CORS_ALLOWED_ORIGINS: site.origin, THROTTLE_PAIR_FAILURES: String(FAILURES) },
    });
    ends.push(() => server.stop());
    await buildClient();
    await exportForBrowsers(folder, server.url);
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const table = await tableOf(server);
    ends.push(() => table.client.destroy());
    return { ...(await prepareApp({ server, table, browser, site })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Parts {
  readonly server: RunningServer;
  readonly table: Table;
  readonly browser: Browser;
  readonly site: Site;
}

async function prepareApp({ server, table, browser, site }: Parts): Promise<Omit<ExpoApp, 'close'>> {
  const storePost = async (pk: number, title: string, content = `The text of post ${pk}.`) => {
    const at = new Date(Date.UTC(2026, 9, 12) + pk * DAY_MS).toISOString();
    const dates = { createdAt: at, updatedAt: at, publishedAt: at };
    await createPostImports(table).put([{ pk, author: 1, title, content, ...dates }]);
  };
  for (let pk = 1; pk <= POSTS; pk += 1) {
    const [title, content] = ARTICLES[POSTS - pk] ?? [`Post ${pk}`];
    await storePost(pk, title, content);
  }
  const createUser = userCreator(table);
  const open = (options?: BrowserContextOptions) => openPhone(browser, site, options);
  return {
    server,
    storePost,
    createUser,
    logInElsewhere: async (username, device = 'Tablet') => {
      const client = createClient({ baseUrl: server.url, storage: memory(), device });
      await client.login(username, PASSWORD);
      return client;
    },
    open,
    openLoggedIn: async (options) => {
      const [username, phone] = [await createUser(), await open(options)];
      await phone.logIn(username);
      await phone.page.getByText(NEWEST_TITLE).waitFor();
      return { ...phone, username };
    },
  };
}

function userCreator(table: Table): () => Promise<string> {
  let count = 0;
  return async () => {
    count += 1;
    const username = count === 1 ? 'anna' : `anna${count}`;
    const email = `${username}@example.com`;
    const password = cheapHash(PASSWORD);
    await createUserRepository(table).create(userOf({ id: 100 + count, username, email, password }));
    return username;
  };
}

async function openPhone(browser: Browser, site: Site, options: BrowserContextOptions = {}): Promise<Phone> {
  const context = await browser.newContext({
    viewport: PHONE,
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  });
  context.setDefaultTimeout(RESPONSE_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    const isResponse = message.text().startsWith('Failed to load resource');
    if (['error', 'warning'].includes(message.type()) && !isResponse) errors.push(message.text());
  });
  await page.goto(site.origin);
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const field = (name: string) => page.getByRole('textbox', { name, exact: true });
  return {
    page,
    errors,
    button,
    field,
    openTab: (name) => page.getByRole('tab', { name, exact: true }).click(),
    logIn: async (username, password = PASSWORD) => {
      await field('Username').fill(username);
      await field('Password').fill(password);
      await button('Log in').click();
    },
  };
}
