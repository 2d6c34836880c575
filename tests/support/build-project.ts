import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** The modules that processes of the tests start with, or that the framework loads. */
const ENTRIES = [
  'manage/index.ts',
  'local/start.ts',
  'deploy/index.ts',
  'tools/bench/index.ts',
  'tools/client-kit/index.ts',
  'tools/smoke/index.ts',
  'tools/soak/index.ts',
  'local/gateway/plugin.ts',
  'deploy/plugin.ts',
  'deploy/unset-empty.ts',
  'functions/*.ts',
];

/** Native packages, packages that have to be the same instance as in the framework, and large ones that few tests load. */
const EXTERNAL = [
  ...['argon2', '@node-rs/argon2', 'classic-level', 'dynalite', 'esbuild'],
  ...['serverless', 'serverless-offline'],
  ...['express', 'fast-jwt', 'jsonwebtoken'],
];

/** Files and folders that the modules read by paths relative to their own. */
const DATA = [
  'contract',
  'deploy/resources',
  'deploy/environment-credentials.ts',
  'deploy/unset-empty.ts',
  'docs',
  'docs-page',
  'package.json',
];

/**
 * Bundles the programs of the project to a folder with the same layout. They start without tsx, which takes a quarter of the
 * time. Node.js finds the packages if the folder is in the project.
 */
export async function buildProject(root: string, folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: folder,
    outbase: root,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'chunks/[hash]',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // As in deploy/bundle.ts: a CommonJS package that is imported dynamically would have no named exports.
    mainFields: ['module', 'main'],
    external: EXTERNAL,
    plugins: [ownModules(root, folder)],
    // CommonJS packages need `require`, which ES modules do not have.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  for (const name of DATA) await symlink(join(root, name), join(folder, name));
  const definition = await readFile(join(root, 'serverless.yml'), 'utf8');
  await writeFile(join(folder, 'serverless.yml'), definition.replaceAll(/^( {2}- \.\/\S+)\.ts$/gm, '$1.mjs'));
}

/** Loads the modules of the project as Node.js does. */
const ownModules = (root: string, folder: string): Plugin => ({
  name: 'own-modules',
  setup({ onLoad, onResolve }) {
    // `sideEffects` of package.json is for the bundles of functions. A program imports a module for its effect.
    onResolve({ filter: /^\.{1,2}\/.+\.ts$/ }, ({ resolveDir, path }) => ({
      path: resolve(resolveDir, path),
      sideEffects: true,
    }));
    // A module keeps a URL of its own, relative to the folder. Its code can become a part of any file.
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(join(folder, relative(root, path))).href);
      // The banner of other bundles is a text in a module. It stays as it is.
      const contents = source.replaceAll(/(?<!__createRequire\()import\.meta\.url/g, url);
      return { loader: 'ts', contents };
    });
  },
});
