import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// Which file may import which is checked by dependency-cruiser (.dependency-cruiser.mjs). These rules are not: its parser
// does not tell type imports from others, and it does not look at expressions.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An import or a re-export of values, and `import()`. */
const VALUE_IMPORT =
  /^(?:import|export)\s+(?!type\s)[^'";]*?(?:from\s+)?'(\.[^']+)';$|\bimport\('(\.[^']+)'\)/gm;

const sourcesOf = (folder: string) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));
const sources = ['functions', 'lib'].flatMap(sourcesOf);

const valueImports = sources.flatMap(({ file, text }) =>
  [...text.matchAll(VALUE_IMPORT)].map(([, named, loaded]) => ({
    file,
    target: normalize(join(dirname(file), named ?? loaded ?? '')),
  })),
);

/** What may be imported for its types only: dependencies of the domain are passed as arguments. */
const TYPES_ONLY: [string, RegExp][] = [
  ['functions', /^lib\/(posts|sessions|users)\//],
  ['lib/config', /^lib\/(passwords|sessions|throttling)\//],
  ['lib/django', /^lib\/users\//],
  ['lib/dynamodb', /^lib\/(throttling|users)\//],
  ['lib/http', /^lib\/sessions\//],
  ['lib/sessions', /^lib\/users\//],
];

describe('architecture', () => {
  it('finds the imports of values', () => {
    expect(valueImports).toContainEqual({ file: 'functions/obtain.ts', target: 'lib/container.ts' });
    expect(valueImports).toContainEqual({ file: 'lib/container.ts', target: 'lib/metrics.ts' });
  });

  it.each(TYPES_ONLY)('%s imports only types from %s', (from, target) => {
    const strays = valueImports.filter((one) => one.file.startsWith(from) && target.test(one.target));
    expect(strays).toEqual([]);
  });

  it('reads the environment in the configuration module only', () => {
    const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ file }) => file);
    expect(readers).toEqual(['lib/config.ts']);
  });
});
