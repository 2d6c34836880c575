import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, WITHOUT_BROWSER } from '../support/browser.ts';
import { type ClientService, LIFETIME_S, PASSWORD, startClientService } from '../support/client-service.ts';

const SOURCE = fileURLToPath(new URL('../../client/src', import.meta.url));
const REFRESH = '/api/token/refresh/';
const HALF_MS = LIFETIME_S * 500;

let service: ClientService;
let site: Server;
let browser: Browser | undefined;

/** Opens a tab of the app. Its script runs on the page as `evaluate` receives it, with the global `client`. */
async function openTab(): Promise<Page> {
  if (browser === undefined) throw new Error('no browser is installed');
  const context = browser.contexts()[0] ?? (await browser.newContext());
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  return page;
}
/** Runs an expression on a page. */
const call = (page: Page, expression: string): Promise<unknown> =>
  page.evaluate(expression).catch((error: unknown) => {
    // The stack of a page names its URL, which vitest would read as a file.
    throw new Error(String(error).split('\n')[0]);
  });
const refreshes = () =>
  service.requests.filter(({ method, target }) => method === 'POST' && target === REFRESH);
const keys = () => new Set(refreshes().map(({ headers }) => headers['idempotency-key']));

describe.skipIf(WITHOUT_BROWSER !== '')(`the client in Chromium${WITHOUT_BROWSER}`, () => {
  beforeAll(async () => {
    service = await startClientService();
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { createClient } from './index.ts';
          import { localStorage } from './storage/local-storage.ts';
          globalThis.client = createClient({
            baseUrl: ${JSON.stringify(service.url)},
            storage: localStorage(() => window.localStorage),
          });
          globalThis.events = [];
          client.onChange((event) => events.push(event));`,
        resolveDir: SOURCE,
      },
      bundle: true,
      format: 'iife',
      write: false,
    });
    const script = outputFiles[0]?.text ?? '';
    // Another origin than that of the service, so the browser hides the header Date.
    site = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html').end(`<!doctype html><script>${script}</script>`);
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    browser = await launchBrowser();
    // The clock of the browser does not change: that of the service does.
    service.now = Date.now();
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await service?.close();
  });

  it('logs in and reads pages across origins', async () => {
    const page = await openTab();
    const username = await service.createUser();
    await call(page, `client.login('${username}', '${PASSWORD}')`);
    const pages = await call(
      page,
      `(async () => {
        const sizes = [];
        for await (const posts of client.posts({ limit: 2 })) sizes.push(posts.length);
        return sizes;
      })()`,
    );
    expect(pages).toEqual([2, 1]);
    expect(await call(page, 'client.fetch("/api/account/").then(({ status }) => status)')).toBe(200);
  });

  it('refreshes with one key in two tabs, also after a lost response', async () => {
    const [first, second] = [await openTab(), await openTab()];
    const username = await service.createUser();
    await call(first, `client.login('${username}', '${PASSWORD}')`);
    expect(await call(second, 'client.user()')).toMatchObject({ username });
    service.now += HALF_MS;
    service.requests.length = 0;
    const refresh = () => Promise.all([call(first, 'client.refresh()'), call(second, 'client.refresh()')]);
    await refresh();
    // A tab may read an old value shortly after another tab has written: Chromium distributes changes of localStorage later.
    expect(keys().size).toBe(1);
    const stored = () =>
      Promise.all([first, second].map((page) => call(page, 'JSON.stringify(localStorage)')));
    await expect.poll(async () => new Set(await stored()).size).toBe(1);
    service.now += HALF_MS;
    // Chromium itself repeats a request on a connection that was reset.
    service.faultOf = ({ target }) =>
      target === REFRESH && refreshes().length <= 3 ? 'response lost' : 'none';
    await refresh();
    expect(keys().size).toBe(2);
    await expect.poll(async () => new Set(await stored()).size).toBe(1);
    service.now += HALF_MS;
    await call(second, 'client.refresh()');
    for (const page of [first, second]) {
      expect(await call(page, 'client.fetch("/api/account/").then(({ status }) => status)')).toBe(200);
      expect(await call(page, 'events.filter(({ type }) => type !== "login")')).toEqual([]);
    }
  });

  it('keeps the login when the tab is closed during a refresh', async () => {
    const page = await openTab();
    const username = await service.createUser();
    await call(page, `client.login('${username}', '${PASSWORD}')`);
    service.now += HALF_MS;
    service.requests.length = 0;
    service.faultOf = ({ target }) => (target === REFRESH ? 'response held' : 'none');
    await call(page, 'void client.refresh()');
    await expect.poll(() => refreshes().length).toBe(1);
    await page.close();
    service.faultOf = () => 'none';
    const reopened = await openTab();
    await call(reopened, 'client.refresh()');
    expect(keys().size).toBe(1);
    service.now += HALF_MS;
    await call(reopened, 'client.refresh()');
    expect(await call(reopened, 'client.user()')).toMatchObject({ username });
  });

  it('reports a storage that is full and keeps the login in memory', async () => {
    const page = await openTab();
    const username = await service.createUser();
    await call(page, `client.login('${username}', '${PASSWORD}')`);
    await call(
      page,
      'Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); }',
    );
    await call(page, 'client.refresh()');
    expect(await call(page, 'client.fetch("/api/account/").then(({ status }) => status)')).toBe(200);
    expect(await call(page, 'events.map(({ type }) => type)')).toEqual(['login', 'storage']);
  });
});
