import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Files } from './bundle.ts';

/**
 * The files that argon2 needs on Lambda, which is Amazon Linux with glibc: its module, the two modules that it loads, and the
 * prebuilt binaries for arm64 (the architecture of a stage) and x64 (that of most build machines).
 */
const ARGON2_FILES = [
  'argon2/package.json',
  'argon2/argon2.cjs',
  'argon2/prebuilds/linux-arm64/argon2.armv8.glibc.node',
  'argon2/prebuilds/linux-x64/argon2.glibc.node',
  '@phc/format/package.json',
  '@phc/format/index.js',
  'node-gyp-build/package.json',
  'node-gyp-build/index.js',
  'node-gyp-build/node-gyp-build.js',
];

const FILES: Readonly<Record<string, readonly string[]>> = { argon2: ARGON2_FILES };

/** Reads the files of packages with a native binary. They are part of the artifact, next to the bundle. */
export async function nativeFiles(root: string, packages: readonly string[]): Promise<Files> {
  const paths = packages.flatMap((name) => FILES[name] ?? []).map((path) => join('node_modules', path));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await readFile(join(root, path))])),
  );
}
