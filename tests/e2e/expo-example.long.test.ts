import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { smallTargetsOf, violationsOf } from '../support/accessibility.ts';
import { WITHOUT_BROWSER } from '../support/browser.ts';
import {
  type ExpoApp,
  FAILURES,
  NEWEST_TITLE,
  type Phone,
  POSTS,
  startExpoApp,
} from '../support/expo-app.ts';
import {
  buildClient,
  bundleForPhones,
  checkTypes,
  EXAMPLE,
  runPreinstall,
  WITHOUT_EXAMPLE,
} from '../support/expo-example.ts';

const SKIPPED = WITHOUT_EXAMPLE || WITHOUT_BROWSER;
const REFUSED = 'Unable to log in with provided credentials.';
const ENDED = 'You were logged out on another device, or your password was changed. Please log in again.';
const OFFLINE = 'No connection';
/** Longer than the time window of the limit of wrong passwords, and than every pause of the app. */
const LONG_AFTER = '20:00';

let app: ExpoApp;
let phone: Phone;

const open = async (options?: BrowserContextOptions) => {
  phone = await app.open(options);
  return phone;
};
const openLoggedIn = async (options?: BrowserContextOptions) => {
  const opened = await app.openLoggedIn(options);
  phone = opened;
  return opened;
};
async function scrollToEnd(): Promise<void> {
  const list = phone.page.getByRole('main');
  // Not by the wheel: React Native for Web renders more rows when the browser is idle. While the wheel turns, it may never be.
  await expect
    .poll(async () => {
      await list.getByRole('button').last().scrollIntoViewIfNeeded();
      return list.innerText();
    })
    .toContain('You have seen all posts.');
}
const devicesOf = async (client: Awaited<ReturnType<ExpoApp['logInElsewhere']>>) =>
  (await client.sessions.list()).map(({ device }) => device).sort();

describe('the installation of the Expo example', () => {
  it('needs the built client library', async () => {
    const project = await mkdtemp(join(tmpdir(), 'latchkey-expo-'));
    const folder = join(project, 'examples/expo');
    await mkdir(folder, { recursive: true });
    await copyFile(join(EXAMPLE, 'package.json'), join(folder, 'package.json'));
    await expect(runPreinstall(folder)).rejects.toMatchObject({
      code: 1,
      stderr:
        'Build the client library first, in the folder of the project: npm run build --workspace client\n',
    });
    await mkdir(join(project, 'client/dist'), { recursive: true });
    await runPreinstall(folder);
    await rm(project, { recursive: true });
  });
});

describe.skipIf(WITHOUT_EXAMPLE !== '')(`the Expo example${WITHOUT_EXAMPLE}`, () => {
  it('has no error of types', async () => {
    await buildClient();
    await checkTypes();
  });

  it('is bundled for Android and iOS, with the storage of phones', async () => {
    await buildClient();
    const bundles = await bundleForPhones();
    expect(bundles).toHaveLength(2);
    for (const bundle of bundles) {
      expect(bundle).toContain('ExpoSecureStore');
      expect(bundle).not.toContain('window.localStorage');
    }
  });
});

describe.skipIf(SKIPPED !== '')(`the Expo example, exported for browsers, in Chromium${SKIPPED}`, () => {
  beforeAll(async () => {
    app = await startExpoApp();
  });
  afterEach(async () => {
    await phone.page.context().close();
    expect(phone.errors).toEqual([]);
  });
  afterAll(() => app?.close());

  // SCREENSHOTS=true writes those of the README. Elsewhere, the fonts differ.
  it('takes the screenshots', async () => {
    const isWritten = Boolean(process.env.SCREENSHOTS);
    const username = await app.createUser();
    const { page, logIn, openTab } = await open();
    const shoot = async (name: string) => {
      // Without the focus of the field or tab that was used last.
      await page.evaluate('document.activeElement.blur()');
      const path = join(EXAMPLE, 'screenshots', `${name}.png`);
      await page.screenshot({ animations: 'disabled', ...(isWritten ? { path } : {}) });
    };
    await page.getByText('Log in').first().waitFor();
    await shoot('login');
    await logIn(username);
    await page.getByText(NEWEST_TITLE).waitFor();
    await shoot('posts');
    await page.emulateMedia({ colorScheme: 'dark' });
    await shoot('posts-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    for (const device of ["Anna's tablet", 'Work laptop']) await app.logInElsewhere(username, device);
    await openTab('Devices');
    await page.getByText('Work laptop').waitFor();
    await shoot('devices');
    await openTab('Account');
    await page.getByText('Member since').waitFor();
    await shoot('account');
    await openTab('Posts');
    await page.context().setOffline(true);
    await page.getByText(OFFLINE).waitFor();
    await shoot('offline');
    await page.context().setOffline(false);
    await page.getByText(OFFLINE).waitFor({ state: 'detached' });
    const tablet = await app.logInElsewhere(username);
    await tablet.sessions.endOthers();
    await openTab('Devices');
    await page.getByText(ENDED).waitFor();
    await shoot('logged-out');
  });

  it('logs in, loads the posts page by page, and opens one', async () => {
    const { page, button, openTab } = await openLoggedIn();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const pages = () => requests.filter((url) => url.includes('cursor='));
    await openTab('Devices');
    await page.getByText('This device').waitFor();
    await openTab('Posts');
    expect(pages()).toEqual([]);
    await scrollToEnd();
    expect(pages()).toHaveLength(2);
    await page.getByText('Post 1', { exact: true }).click();
    await page.getByRole('dialog').getByText('The text of post 1.').waitFor();
    await button('Close post').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('shows a new post after a refresh', async () => {
    const { page, button } = await openLoggedIn();
    const title = 'Published a moment ago';
    await app.storePost(POSTS + 1, title);
    expect(await page.getByText(title).isVisible()).toBe(false);
    await button('Refresh posts').click();
    await page.getByText(title).waitFor();
  });

  it('shows why a login is refused, and when the next attempt is possible', async () => {
    const { page, button, field, logIn } = await open();
    await page.clock.install();
    await button('Log in').click();
    await page.getByText('This field may not be blank.').nth(1).waitFor();
    const username = await app.createUser();
    for (let attempt = 0; attempt < FAILURES; attempt += 1) await logIn(username, `wrong ${attempt}`);
    await page.getByRole('alert').getByText(REFUSED).waitFor();
    await page.locator('input[type=password]:focus').waitFor();
    await logIn(username);
    await page
      .getByRole('alert')
      .getByText(/^Too many attempts\. Please try again at \d\d:\d\d\.$/)
      .waitFor();
    expect(await button('Log in').isDisabled()).toBe(true);
    // Another user is not limited.
    await field('Username').fill('ben');
    expect(await button('Log in').isDisabled()).toBe(false);
    await logIn(username);
    await page.getByRole('alert').waitFor();
    await page.clock.fastForward(LONG_AFTER);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect(await button('Log in').isDisabled()).toBe(false);
  });

  it('keeps the posts while the network is lost, and loads new ones when it returns', async () => {
    const { page, button } = await openLoggedIn();
    const title = 'Published while the network was lost';
    await scrollToEnd();
    await page.context().setOffline(true);
    await page.getByText(OFFLINE).waitFor();
    await app.storePost(POSTS + 2, title);
    await page.context().setOffline(false);
    await page.getByText(OFFLINE).waitFor({ state: 'detached' });
    // The list stays where it is.
    await page.getByText('You have seen all posts.').waitFor();
    await button('Refresh posts').scrollIntoViewIfNeeded();
    await page.getByText(title).waitFor();
    await page.context().setOffline(true);
    await page.getByText(OFFLINE).waitFor();
    await button('Refresh posts').click();
    expect(await page.getByText(title).isVisible()).toBe(true);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('reconnects after a pause if the service was not reachable', async () => {
    const { page, button } = await openLoggedIn();
    await page.clock.install();
    await page.route(`${app.server.url}/**`, (route) => route.abort());
    await button('Refresh posts').click();
    await page.getByText(OFFLINE).waitFor();
    await page.unrouteAll();
    await page.clock.fastForward(LONG_AFTER);
    await page.getByText(OFFLINE).waitFor({ state: 'detached' });
  });

  it('shows an error with a button that tries again if there are no posts to show', async () => {
    const { page, button, logIn } = await open();
    await page.route('**/api/blog/posts/**', (route) =>
      route.fulfill({ status: 503, headers: { 'Access-Control-Allow-Origin': '*' }, json: {} }),
    );
    await logIn(await app.createUser());
    await page.getByRole('alert').getByText('The posts could not be loaded').waitFor();
    await page.unrouteAll();
    await button('Try again').click();
    await page.getByText(NEWEST_TITLE).waitFor();
  });

  it('says that there are no posts yet', async () => {
    const { page, logIn } = await open();
    await page.route('**/api/blog/posts/**', (route) =>
      route.fulfill({ headers: { 'Access-Control-Allow-Origin': '*' }, json: [] }),
    );
    await logIn(await app.createUser());
    await page.getByText('No posts yet').waitFor();
  });

  it('says on the login screen that the login was ended on another device', async () => {
    const { page, username, button } = await openLoggedIn();
    const tablet = await app.logInElsewhere(username);
    const [session] = (await tablet.sessions.list()).filter(({ current }) => !current);
    await tablet.sessions.end(session?.id ?? '');
    await button('Refresh posts').click();
    await page.getByText(ENDED).waitFor();
    expect(await button('Log in').isVisible()).toBe(true);
  });

  it('lists the devices of the user, and logs out one or all others', async () => {
    const { page, username, button, openTab } = await openLoggedIn();
    const [tablet, laptop] = [
      await app.logInElsewhere(username, 'Tablet'),
      await app.logInElsewhere(username, 'Laptop'),
    ];
    await openTab('Devices');
    await page.getByText('This device').waitFor();
    await button('Log out Tablet').click();
    await button('Log out Tablet').waitFor({ state: 'detached' });
    await expect(tablet.sessions.list()).rejects.toMatchObject({ reason: 'revoked' });
    expect(await devicesOf(laptop)).toEqual(['Chrome', 'Laptop']);
    await button('Log out all other devices').click();
    await button('Log out Laptop').waitFor({ state: 'detached' });
    await expect(laptop.sessions.list()).rejects.toMatchObject({ reason: 'revoked' });
  });

  it('shows the account, and changes the password', async () => {
    const { page, username, button, field, openTab } = await openLoggedIn();
    const tablet = await app.logInElsewhere(username);
    await openTab('Account');
    await page.getByText(`${username}@example.com`).waitFor();
    await field('Current password').fill('wrong');
    await field('New password').fill('Plus-Ultra-2026');
    await button('Change password').click();
    await page.getByRole('alert').getByText('Invalid password.').waitFor();
    await field('Current password').fill('correct horse battery staple');
    await field('New password').fill('short');
    await button('Change password').click();
    await page.getByRole('alert').getByText('This password is too short').waitFor();
    await field('New password').fill('Plus-Ultra-2026');
    await button('Change password').click();
    await page.getByText('Your password is changed. All other devices are logged out.').waitFor();
    await expect(tablet.sessions.list()).rejects.toMatchObject({ reason: 'revoked' });
  });

  it('lists only this device after a change of the password, without a refresh', async () => {
    const { page, username, button, field, openTab } = await openLoggedIn();
    await app.logInElsewhere(username, 'Tablet');
    await openTab('Devices');
    await button('Log out Tablet').waitFor();
    await openTab('Account');
    await field('Current password').fill('correct horse battery staple');
    await field('New password').fill('Plus-Ultra-2026');
    await button('Change password').click();
    await page.getByText('Your password is changed. All other devices are logged out.').waitFor();
    await openTab('Devices');
    await page.getByText('This device').waitFor();
    await button('Log out Tablet').waitFor({ state: 'detached' });
  });

  it.each([
    [503, 'The service is not available at the moment. Please try again later.'],
    [429, 'Too many requests. Please try again later.'],
  ])('says why the account could not be loaded after a response with %i', async (status, sentence) => {
    const { page, button, username, openTab } = await openLoggedIn();
    await page.route('**/api/account/', (route) =>
      route.fulfill({ status, headers: { 'Access-Control-Allow-Origin': '*' }, json: {} }),
    );
    await openTab('Account');
    await page.getByRole('alert').getByText(sentence).waitFor();
    await page.unrouteAll();
    await button('Try again').click();
    await page.getByText(`${username}@example.com`).waitFor();
  });

  it('keeps the login after a restart, and ends the session at a logout', async () => {
    const { page, username, button, openTab } = await openLoggedIn();
    await page.reload();
    await page.getByText(NEWEST_TITLE).waitFor();
    const tablet = await app.logInElsewhere(username);
    await openTab('Account');
    await button('Log out').click();
    await button('Log in').waitFor();
    expect(await page.getByRole('status').count()).toBe(0);
    await expect.poll(() => devicesOf(tablet)).toEqual(['Tablet']);
  });

  it('shows the login screen after a logout in another tab', async () => {
    const { page, openTab, button } = await openLoggedIn();
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByText(NEWEST_TITLE).waitFor();
    await openTab('Account');
    await button('Log out').click();
    await button('Log in').waitFor();
    await second.getByRole('button', { name: 'Refresh posts' }).click();
    await second.getByRole('button', { name: 'Log in', exact: true }).waitFor();
  });

  it('loads new posts when the user returns to the app', async () => {
    const { page } = await openLoggedIn();
    const title = 'Published while the app was in the background';
    await app.storePost(POSTS + 3, title);
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
    await page.getByText(title).waitFor();
  });

  it('says that the login could not be stored', async () => {
    const { page, logIn, openTab } = await open();
    await page.evaluate(`Storage.prototype.setItem = () => { throw new DOMException('full'); }`);
    await logIn(await app.createUser());
    await page.getByText(NEWEST_TITLE).waitFor();
    await openTab('Account');
    await page.getByText('This device could not store your login.').waitFor();
  });

  it('asks to unlock the device if the login cannot be read, and tries again', async () => {
    const { page, button } = await openLoggedIn();
    await page.addInitScript(`
      globalThis.getItem = Storage.prototype.getItem;
      Storage.prototype.getItem = () => { throw new DOMException('locked'); };`);
    await page.reload();
    await page.getByRole('alert').getByText('Unlock the device and try again.').waitFor();
    await page.evaluate('Storage.prototype.getItem = globalThis.getItem');
    await button('Try again').click();
    await page.getByText(NEWEST_TITLE).waitFor();
  });

  it.each(['light', 'dark'] as const)('is accessible in the %s color scheme', async (colorScheme) => {
    const { page, button, openTab, logIn } = await open({ colorScheme });
    const username = await app.createUser();
    const check = async () => {
      expect(await violationsOf(page)).toEqual([]);
      expect(await smallTargetsOf(page)).toEqual([]);
    };
    await check();
    await logIn(username, 'wrong');
    await page.getByText(REFUSED).waitFor();
    await check();
    await logIn(username);
    await page.getByText(NEWEST_TITLE).waitFor();
    await check();
    await page.getByText(NEWEST_TITLE).click();
    await page.getByRole('dialog', { name: NEWEST_TITLE }).waitFor();
    await check();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await app.logInElsewhere(username);
    await openTab('Devices');
    await button('Log out Tablet').waitFor();
    await check();
    await openTab('Account');
    await button('Change password').click();
    await page.getByText('This field may not be blank.').first().waitFor();
    await check();
    await page.context().setOffline(true);
    await page.getByText(OFFLINE).waitFor();
    await check();
  });

  it('follows the color scheme of the device, and fits the narrowest screen', async () => {
    const { page, openTab } = await openLoggedIn({ viewport: { width: 320, height: 568 } });
    await page.getByRole('heading', { name: 'Posts' }).waitFor();
    const textColor = () => page.evaluate(`getComputedStyle(document.querySelector('h1')).color`);
    const light = await textColor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(textColor).not.toBe(light);
    for (const tab of ['Devices', 'Account', 'Posts']) {
      await openTab(tab);
      await page.getByRole('heading', { name: tab }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
    }
  });
});
