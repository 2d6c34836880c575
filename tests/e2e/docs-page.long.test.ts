import type { Browser, Page } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPostImports, createUserRepository } from '../../lib/wiring.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { RESPONSE_MS } from '../../tools/harness/time-limits.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { violationsOf } from '../support/accessibility.ts';
import { launchBrowser, WITHOUT_BROWSER } from '../support/browser.ts';
import { startBuiltServer } from '../support/programs.ts';

const USER = { id: 7, username: 'deku', password: 'Plus-Ultra-2019' };
const POSTS = '/api/blog/posts';
const TITLE = 'A title for „Try it out“';

let server: RunningServer;
let browser: Browser;

beforeAll(async () => {
  if (WITHOUT_BROWSER !== '') return;
  [server, browser] = await Promise.all([
    // With another prefix than the default, to see which one the page sends.
    startBuiltServer({ env: { JWT_AUTH_HEADER_PREFIX: 'Token&"' } }),
    launchBrowser(),
  ]);
  const table = await tableOf(server);
  await createUserRepository(table).create(userOf({ ...USER, password: cheapHash(USER.password) }));
  const at = '2030-01-01T00:00:00Z';
  const dates = { createdAt: at, updatedAt: at, publishedAt: at };
  await createPostImports(table).put([{ pk: 90, author: 7, title: TITLE, content: 'text', ...dates }]);
  table.client.destroy();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

interface Options {
  readonly javaScriptEnabled?: boolean;
  /** The first segments of the path of the stage. */
  readonly stage?: string;
}

/** Opens the page. Collects what the browser reports and requests. */
async function open({ stage = '', ...options }: Options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(RESPONSE_MS);
  const page = await context.newPage();
  const reports: string[] = [];
  const requests: { url: string; authorization: string | undefined }[] = [];
  page.on('console', (message) => reports.push(message.text()));
  page.on('pageerror', (error) => reports.push(String(error)));
  page.on('request', (request) =>
    requests.push({ url: request.url(), authorization: request.headers().authorization }),
  );
  if (stage !== '') {
    // API Gateway removes the name of the stage from the path.
    await page.route(`${server.url}/**`, (route, request) => {
      const { pathname, href } = new URL(request.url());
      return pathname.startsWith(stage)
        ? route.continue({ url: href.replace(stage, '') })
        : route.fulfill({ status: 403, json: { message: 'Forbidden' } });
    });
  }
  await page.goto(`${server.url}${stage}/docs/`);
  return { page, reports, requests, close: () => context.close() };
}

async function logIn(page: Page, password = USER.password): Promise<void> {
  await page.getByRole('textbox', { name: 'Username' }).fill(USER.username);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

const statusOf = (page: Page) => page.getByRole('status');

/** Sends a request with "Try it out". Returns the text of the response. */
async function tryOut(page: Page, path: string, body?: string): Promise<string> {
  const operation = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) });
  const start = operation.getByRole('button', { name: 'Try it out' });
  if (!(await start.isVisible())) await operation.locator('.opblock-summary-control').click();
  await start.click();
  if (body !== undefined) await operation.locator('textarea').fill(body);
  await operation.getByRole('button', { name: 'Execute' }).click();
  return operation.locator('.live-responses-table .response-col_description pre').first().innerText();
}

describe.skipIf(WITHOUT_BROWSER !== '')(`the docs page in Chromium${WITHOUT_BROWSER}`, () => {
  it('shows posts after a login, without a violation of its policy and without another host', async () => {
    const { page, reports, requests, close } = await open();
    await logIn(page);
    await statusOf(page).getByText('Logged in as deku').waitFor();
    expect(await tryOut(page, POSTS)).toContain(TITLE);
    const [sent] = requests.filter(({ url }) => url.endsWith(POSTS));
    expect(sent?.authorization).toMatch(/^Token&" [\w-]+\.[\w-]+\.[\w-]+$/);
    // The other parts of the viewer.
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    await page.locator('.models [aria-expanded=false]').first().click();
    expect(reports).toEqual([]);
    const foreign = requests.filter(({ url }) => !url.startsWith(server.url) && !url.startsWith('data:'));
    expect(foreign).toEqual([]);
    await close();
  });

  // The dialog "Authorize" has two, in Swagger UI itself (docs/decisions/024-the-docs-page-is-swagger-ui.md).
  it('has no violation of WCAG 2.1 AA that axe finds', async () => {
    const { page, close } = await open();
    await page.locator('.opblock').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await logIn(page);
    await tryOut(page, POSTS);
    expect(await violationsOf(page)).toEqual([]);
    await close();
  });

  it('works below the name of a stage', async () => {
    const { page, reports, requests, close } = await open({ stage: '/prod' });
    await logIn(page);
    await statusOf(page).getByText('Logged in as deku').waitFor();
    expect(await tryOut(page, POSTS)).toContain(TITLE);
    expect(requests.some(({ url }) => url === `${server.url}/prod${POSTS}`)).toBe(true);
    expect(reports).toEqual([]);
    await close();
  });

  it('uses the token of a login that is sent with "Try it out"', async () => {
    const { page, close } = await open();
    expect(await tryOut(page, POSTS)).toContain('Authentication credentials were not provided.');
    const { username, password } = USER;
    expect(await tryOut(page, '/api/token', JSON.stringify({ username, password }))).toContain('"token"');
    await statusOf(page).getByText('Requests are sent with the token of this response.').waitFor();
    await page
      .locator(`.opblock:has([data-path="${POSTS}"])`)
      .getByRole('button', { name: 'Execute' })
      .click();
    await page.getByText(TITLE).waitFor();
    await close();
  });

  it('sends the authorized token in place of that of an example, and no other', async () => {
    const { page, close } = await open();
    expect(await tryOut(page, '/api/token/verify')).toContain('Error decoding signature.');
    const body = new URLSearchParams({ username: USER.username, password: USER.password });
    const response = await fetch(`${server.url}/api/token/`, { method: 'POST', body });
    const { token } = v.parse(v.object({ token: v.string() }), await response.json());
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.auth-container input').first().fill(`Bearer ${token}`);
    await page.locator('.auth-container button.authorize').first().click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    const verify = page.locator('.opblock:has([data-path="/api/token/verify"])');
    await verify.getByRole('button', { name: 'Execute' }).click();
    await verify.locator('.live-responses-table').getByText('"token"').waitFor();
    await verify.getByRole('textbox').first().fill('{"token": "typed"}');
    await verify.getByRole('button', { name: 'Execute' }).click();
    await verify.locator('.live-responses-table').getByText('Error decoding signature.').waitFor();
    await close();
  });

  it('shows why a login is refused', async () => {
    const { page, close } = await open();
    await logIn(page, 'wrong');
    await statusOf(page).getByText('Unable to log in with provided credentials.').waitFor();
    expect(await page.getByRole('textbox', { name: 'Password' }).isVisible()).toBe(true);
    await close();
  });

  it('revokes the token at a logout, and sends it no more', async () => {
    const { page, requests, close } = await open();
    await logIn(page);
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await statusOf(page).getByText('Logged out.').waitFor();
    expect(requests.map(({ url }) => url)).toContain(`${server.url}/api/token/revoke/`);
    expect(await tryOut(page, POSTS)).toContain('Authentication credentials were not provided.');
    await close();
  });

  it('links the description and the written documentation without JavaScript', async () => {
    const { page, close } = await open({ javaScriptEnabled: false });
    // Playwright finds no text in `noscript`.
    await page.locator('noscript p').waitFor();
    expect(await page.getByRole('textbox', { name: 'Username' }).isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Written documentation' }).click();
    await page.getByText('# API').first().waitFor();
    await close();
  });
});
