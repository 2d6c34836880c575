import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const SOURCE = fileURLToPath(new URL('../../client/src/index.ts', import.meta.url));
const MOST_BYTES = 5_000;

it('the client imports nothing and has at most 5,000 bytes, minified and compressed', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [SOURCE],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    write: false,
    metafile: true,
  });
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  const [bundle] = outputFiles;
  expect(gzipSync(bundle?.contents ?? '', { level: 9 }).length).toBeLessThan(MOST_BYTES);
});
