import { basename, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

/** The files of an artifact by path. */
export type Files = Readonly<Record<string, Uint8Array>>;

export interface Bundle {
  readonly files: Files;
  /** The size of the modules that are loaded before the first invocation, without those of dynamic imports. */
  readonly startBytes: number;
  /** The packages that the bundle imports but does not contain. */
  readonly externals: readonly string[];
}

/** Packages with a native binary. A bundle cannot contain them. */
const NATIVE_PACKAGES = ['argon2'];

const ENVIRONMENT_CREDENTIALS = fileURLToPath(new URL('environment-credentials.ts', import.meta.url));

/**
 * Bundles one function into minified ES modules, with source maps that do not contain the sources. Each function is built
 * separately, so that its artifact contains no code of other functions.
 *
 * @param entry the path of the module of the handler, relative to the root, such as `functions/obtain.ts`
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: '.',
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    // Dynamic imports become separate files.
    splitting: true,
    chunkNames: 'chunks/[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: NATIVE_PACKAGES,
    alias: { '@aws-sdk/credential-provider-node': ENVIRONMENT_CREDENTIALS },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    // CommonJS packages need `require`, which ES modules do not have.
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const start = posix.join(posix.dirname(entry), `${basename(entry, '.ts')}.mjs`);
  const reachable = reachableFrom(metafile, start, () => true);
  const names = new Set([...reachable].flatMap((name) => [name, `${name}.map`]));
  const files = outputFiles
    .map(({ path, contents }) => [posix.relative(root, path), contents] as const)
    .filter(([name]) => names.has(name));
  const atStart = reachableFrom(metafile, start, (kind) => kind !== 'dynamic-import');
  return {
    files: Object.fromEntries(files),
    startBytes: [...atStart].reduce((sum, name) => sum + (metafile.outputs[name]?.bytes ?? 0), 0),
    externals: NATIVE_PACKAGES.filter((name) =>
      [...reachable].some((file) => metafile.outputs[file]?.imports.some(({ path }) => path === name)),
    ),
  };
}

/** Returns the outputs that are reachable from an output, including itself, by imports of the given kinds. */
function reachableFrom(
  { outputs }: Metafile,
  start: string,
  isFollowed: (kind: string) => boolean,
): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (path in outputs && isFollowed(kind)) visit(path);
    }
  };
  visit(start);
  return reached;
}
