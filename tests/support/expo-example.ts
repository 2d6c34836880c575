import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const EXAMPLE = join(ROOT, 'examples/expo');
const PACKAGES = join(EXAMPLE, 'node_modules');

/** Why the example cannot be built, for the title of a test; empty if it can. */
export const WITHOUT_EXAMPLE = existsSync(join(PACKAGES, 'expo'))
  ? ''
  : ' (the packages of examples/expo are missing: see CONTRIBUTING.md)';

const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const options = { cwd: EXAMPLE, env: { ...process.env, NO_COLOR: '1', ...env } };
  // Errors of the compilers are in their output.
  const result = await promisify(execFile)(process.execPath, [program, ...args], options).catch(
    (error) => error,
  );
  if (result instanceof Error)
    throw new Error(`${program}: ${Object(result).stdout}${Object(result).stderr}`);
  return result;
};

/** Compiles the client library into the packages of the example. The installed copy may be older than the sources. */
export const buildClient = () =>
  run(join(ROOT, 'node_modules/typescript/bin/tsc'), [
    ...['-p', join(ROOT, 'client/tsconfig.build.json')],
    ...['--outDir', join(PACKAGES, '@latchkey/client/dist')],
  ]);

/**
 * Runs the script that npm runs before it installs the packages of the example.
 *
 * @param folder the folder of the example
 */
export const runPreinstall = (folder: string) =>
  promisify(execFile)('npm', ['run', '--silent', 'preinstall'], { cwd: folder });

/** Checks the types of the example, as its `npm run typecheck` does. */
export const checkTypes = () => run(join(PACKAGES, 'typescript/bin/tsc'), ['--noEmit']);

/**
 * Exports the example.
 *
 * @param folder a new folder. The result is its subfolder `site`; the caches are in it, too
 */
const runExport = (args: readonly string[], folder: string, apiUrl: string) =>
  run(join(PACKAGES, 'expo/bin/cli'), ['export', '--output-dir', join(folder, 'site'), ...args], {
    CI: '1',
    EXPO_NO_TELEMETRY: '1',
    EXPO_OFFLINE: '1',
    EXPO_PUBLIC_API_URL: apiUrl,
    // Vitest has set it to `test`.
    NODE_ENV: 'production',
    // Metro caches modules there, with the values of variables.
    TMPDIR: folder,
  });

/** Exports the example for browsers, to the subfolder `site` of a new folder. */
export const exportForBrowsers = (folder: string, apiUrl: string) =>
  runExport(['--platform', 'web'], folder, apiUrl);

/** Bundles the example for Android and iOS. Returns the scripts. */
export async function bundleForPhones(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-expo-'));
  try {
    await runExport(['--platform', 'android', '--platform', 'ios', '--no-bytecode'], folder, '');
    const site = join(folder, 'site');
    const names = await readdir(site, { recursive: true, encoding: 'utf8' });
    const scripts = names.filter((name) => name.endsWith('.js'));
    return await Promise.all(scripts.map((name) => readFile(join(site, name), 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const TYPES = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.ico', 'image/x-icon'],
]);

/** A server for a folder that does not have to exist yet. */
export interface Site {
  readonly origin: string;
  close(): void;
}

/** Serves a folder on a free port. Every path without a file is the app. */
export async function serveSite(folder: string): Promise<Site> {
  const server: Server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const name = extname(pathname) === '' ? '/index.html' : pathname;
    const content = await readFile(join(folder, name)).catch(() => undefined);
    if (content === undefined) return response.writeHead(404).end();
    return response
      .setHeader('Content-Type', TYPES.get(extname(name)) ?? 'application/octet-stream')
      .end(content);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
