import { basename, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

/** Files of an artifact by their path in it. */
export type Files = Readonly<Record<string, Uint8Array>>;

export interface Bundle {
  readonly files: Files;
  /** The bytes of what is loaded before the first invocation: what no import() waits for. */
  readonly startBytes: number;
  /** Packages that stay outside of the bundle and that it imports. */
  readonly externals: readonly string[];
}

/** A package with a native binary, which no bundle can hold. */
const NATIVE_PACKAGES = ['argon2'];

const ENVIRONMENT_CREDENTIALS = fileURLToPath(new URL('environment-credentials.ts', import.meta.url));

/**
 * Bundles one function: minified ES modules of its own handler and of whatever that may load, with source maps that name
 * places and hold no source. Each function is a build of its own, so that it holds nothing which only others use.
 *
 * @param entry the path of the handler's module from the root, as `functions/obtain.ts`
 */
export async function bundle(root: string, entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: '.',
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    // Parts that are loaded with import() become files of their own.
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
    // Packages in CommonJS ask for `require`, which an ES module does not have.
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

/** The outputs that one leads to, itself among them, through imports of the kinds that count. */
function reachableFrom({ outputs }: Metafile, start: string, counts: (kind: string) => boolean): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const { path, kind } of outputs[name]?.imports ?? []) {
      if (path in outputs && counts(kind)) visit(path);
    }
  };
  visit(start);
  return reached;
}
