import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { buildProject } from './support/build-project.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the bundled programs. */
    builtRoot: string;
    /** A folder for files that several test files use. */
    sharedFolder: string;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Bundles the programs, which tests start many times. Their folder is in the project, because they import its packages. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(ROOT, '.test-'));
  await buildProject(ROOT, folder);
  project.provide('builtRoot', folder);
  const shared = await mkdtemp(join(tmpdir(), 'latchkey-shared-'));
  project.provide('sharedFolder', shared);
  return async () => {
    for (const each of [folder, shared]) await rm(each, { recursive: true, force: true });
  };
}
