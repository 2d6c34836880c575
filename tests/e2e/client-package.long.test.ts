import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = join(ROOT, 'node_modules/.bin');
/** The module of a consumer. It uses each entry point, and the `Response` of its runtime. */
const CONSUMER = `
import { createClient, isLatchkeyError, type LogoutReason } from '@latchkey/client';
import { asyncStorage } from '@latchkey/client/async-storage';
import { expoSecureStore } from '@latchkey/client/expo-secure-store';
import { localStorage } from '@latchkey/client/local-storage';
import { memory } from '@latchkey/client/memory';

const items = { getItem: () => null, setItem: () => {}, removeItem: () => {} };
export const storages = [
  localStorage(() => items),
  asyncStorage({ getItem: async () => null, setItem: async () => {}, removeItem: async () => {} }),
  expoSecureStore({
    getItemAsync: async (_key: string, _options?: { service?: string }) => null,
    setItemAsync: async () => {},
    deleteItemAsync: async () => {},
  }, { options: { service: 'app' } }),
];
const client = createClient({ baseUrl: 'http://127.0.0.1:9', storage: memory(), device: 'phone' });
let reason: LogoutReason | undefined;
client.onChange((event) => {
  if (event.type === 'logout') reason = event.reason;
});
export async function use(): Promise<Blob> {
  for await (const page of client.posts()) console.log(page.map(({ fields }) => fields.title));
  // The type of the runtime, which has more than the client needs.
  const response: Response = await client.fetch('/api/account/', { method: 'GET', cache: 'no-store' });
  return response.blob();
}
use().catch((error: unknown) => {
  if (isLatchkeyError(error)) console.log(error.code, reason);
});
`;

let folder: string;
let archive: string;
const run = async (command: string, args: readonly string[], cwd = folder) => {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return stdout;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-client-'));
  const source = join(folder, 'source');
  await cp(join(ROOT, 'client'), join(source, 'client'), { recursive: true });
  await cp(join(ROOT, 'tsconfig.json'), join(source, 'tsconfig.json'));
  await run(join(BIN, 'tsc'), ['-p', 'tsconfig.build.json'], join(source, 'client'));
  const packed = await run(
    'npm',
    ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder],
    join(source, 'client'),
  );
  archive = join(folder, packed.trim());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package of the client', () => {
  it('contains the compiled modules, their types, the README and the license', async () => {
    const files = (await run('tar', ['-tzf', archive])).trim().split('\n');
    expect(files.filter((name) => !name.startsWith('package/dist/')).sort()).toEqual([
      'package/LICENSE',
      'package/README.md',
      'package/package.json',
    ]);
    expect(files.filter((name) => !/\.(js|d\.ts)$/.test(name))).toHaveLength(3);
  });

  it('has the version of the project and no dependency', async () => {
    const read = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(join(ROOT, name), 'utf8'));
    const [project, client] = await Promise.all([read('package.json'), read('client/package.json')]);
    expect(client).toMatchObject({ version: Object(project).version });
    expect(client).not.toHaveProperty('dependencies');
  });

  it('passes publint', async () => {
    expect(await run(join(BIN, 'publint'), [archive, '--strict'])).toContain('All good!');
  });

  it('passes attw for ES modules', async () => {
    await run(join(BIN, 'attw'), [archive, '--profile', 'esm-only']);
  });

  it.each([
    ['bundler', 'esnext'],
    ['node16', 'node16'],
  ])(
    'is installed and compiled in an empty strict project with the resolution %s',
    async (resolution, module) => {
      const project = join(folder, resolution);
      await mkdir(project);
      await writeFile(join(project, 'package.json'), '{"type":"module","private":true}');
      await writeFile(join(project, 'index.ts'), CONSUMER);
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        target: 'es2022',
        lib: ['es2022', 'dom', 'dom.asynciterable'],
        types: [],
        module,
        moduleResolution: resolution,
        skipLibCheck: false,
        outDir: 'out',
      };
      await writeFile(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, include: ['index.ts'] }),
      );
      await run('npm', ['install', '--offline', '--no-audit', '--no-fund', archive], project);
      await run(join(BIN, 'tsc'), [], project);
      // The service at this address does not exist.
      expect(await run(process.execPath, ['out/index.js'], project)).toBe('login_required undefined\n');
    },
  );
});
