import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { inject } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../../tools/harness/server.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export type Program =
  | 'manage/index'
  | 'local/start'
  | 'deploy/index'
  | 'tools/bench/index'
  | 'tools/smoke/index'
  | 'tools/soak/index';

/** The folder of the bundled programs. It has the layout of the project. */
export const builtRoot = (): string => inject('builtRoot');

/** The path of a bundled program, which Node.js runs without tsx. */
export const programPath = (program: Program): string => join(builtRoot(), `${program}.mjs`);

/** Starts the service from the bundled programs. */
export const startBuiltServer = (
  options: Omit<ServerOptions, 'root' | 'entry'> = {},
): Promise<RunningServer> => startServer({ ...options, root: builtRoot(), entry: 'local/start.mjs' });

/**
 * Copies the bundled programs to a new folder, for a test that changes its files. The caller removes it.
 *
 * @param prefix the path of the folder, to which a random suffix is added. By default, the folder is in the project, so that
 * Node.js finds the packages.
 */
export async function copyPrograms(prefix = join(ROOT, '.test-')): Promise<string> {
  const folder = await mkdtemp(prefix);
  await cp(builtRoot(), folder, { recursive: true });
  // The modules contain their own URLs (build-project.ts).
  const [from, to] = [builtRoot(), folder].map((path) => pathToFileURL(path).href);
  for (const name of await readdir(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.mjs')) continue;
    const text = await readFile(join(folder, name), 'utf8');
    if (text.includes(`${from}/`)) await writeFile(join(folder, name), text.replaceAll(`${from}/`, `${to}/`));
  }
  return folder;
}
