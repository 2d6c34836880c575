import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the bundled command line. */
    managePath: string;
  }
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Bundles the command line, which tests start many times. The bundle starts in a quarter of the time that the sources take.
 * Its folder is in the root, as `manage/` is, because it reads other files of the project by relative URLs.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(ROOT, '.test-'));
  const outfile = join(folder, 'manage.mjs');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['manage/index.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['argon2', 'classic-level', 'dynalite'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  project.provide('managePath', outfile);
  return () => rm(folder, { recursive: true, force: true });
}
