import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../../tools/harness/server.ts';
import { buildProject } from './build-project.ts';

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

/** Bundles the programs to a new folder, for a test that changes its files. The caller removes it. */
export async function buildPrograms(): Promise<string> {
  const folder = await mkdtemp(join(ROOT, '.test-'));
  await buildProject(ROOT, folder);
  return folder;
}
