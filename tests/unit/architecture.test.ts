import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// Rules that dependency-cruiser (.dependency-cruiser.mjs) cannot check: its parser does not distinguish type imports,
// and it does not analyze expressions.

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

/**
 * Modules of which only types may be imported, because the dependencies of the domain are passed as arguments. Schemas of
 * requests and responses are values.
 */
const TYPES_ONLY: [string, RegExp][] = [
  ['functions', /^lib\/(posts\/(?!paging|serialize)|sessions\/|users\/)/],
  ['lib/config', /^lib\/(passwords|sessions|throttling)\//],
  ['lib/django', /^lib\/users\//],
  ['lib/dynamodb', /^lib\/(throttling|users)\//],
  ['lib/http', /^lib\/sessions\//],
  ['lib/sessions', /^lib\/users\//],
];

/**
 * Classes of `lib` without dependencies: values, builders, clients, and objects that a service creates for one operation.
 */
const VALUES = new Set([
  'CountedAttempt',
  'HttpItemClient',
  'ItemUpdate',
  'JsonNumber',
  'KeySet',
  'RecordSplitter',
  'RefusalMemory',
  'RequestSigner',
  'UploadedFile',
  'ZipDirectory',
]);
const WIRING = 'lib/wiring.ts';
/** Tests that pass other dependencies to a service than the factories do, such as a list instead of a repository. */
const OWN_DEPENDENCIES = [
  'tests/integration/interleavings-logins.long.test.ts',
  'tests/support/interleaved-session.ts',
  'tests/support/logins.ts',
  'tests/unit/posts.test.ts',
];
const NAMED_IMPORT = /^import (?!type\b)\{([^}]+)\} from '(\.[^']+)';$/gm;

/** The classes of `lib` that have dependencies, by name, with their files. */
const services = new Map(
  sourcesOf('lib').flatMap(({ file, text }) =>
    [...text.matchAll(/^export class (\w+)\b(?! extends)/gm)].flatMap(([, name = '']) =>
      VALUES.has(name) ? [] : [[name, file] as const],
    ),
  ),
);

/** Returns the services that a source file constructs, including under an alias. */
function constructedIn({ file, text }: { file: string; text: string }): string[] {
  const names = new Map([...services].filter(([, at]) => at === file).map(([name]) => [name, name]));
  for (const [, clause = '', path = ''] of text.matchAll(NAMED_IMPORT)) {
    for (const specifier of clause.split(',').map((one) => one.trim())) {
      const [name = '', alias = name] = specifier.split(' as ');
      if (services.get(name) === normalize(join(dirname(file), path))) names.set(alias, name);
    }
  }
  return [...text.matchAll(/\bnew (\w+)\(/g)].flatMap(([, name = '']) => names.get(name) ?? []);
}

describe('architecture', () => {
  it('has value imports to check', () => {
    expect(valueImports).toContainEqual({ file: 'functions/obtain.ts', target: 'lib/container.ts' });
    expect(valueImports).toContainEqual({ file: 'lib/container.ts', target: 'lib/metrics.ts' });
  });

  it.each(TYPES_ONLY)('%s imports only types from %s', (from, target) => {
    const strays = valueImports.filter((one) => one.file.startsWith(from) && target.test(one.target));
    expect(strays).toEqual([]);
  });

  it('constructs every service and repository in the composition root, and nowhere else', () => {
    const folders = ['contract', 'deploy', 'functions', 'lib', 'local', 'manage', 'tests', 'tools'];
    const constructions = folders
      .flatMap(sourcesOf)
      .map((source) => ({ file: source.file, names: constructedIn(source) }));
    const elsewhere = constructions.filter(({ file, names }) => file !== WIRING && names.length > 0);
    expect(elsewhere.map(({ file }) => file).toSorted()).toEqual(OWN_DEPENDENCIES);
    const wired = constructions.find(({ file }) => file === WIRING)?.names ?? [];
    expect([...new Set(wired)].toSorted()).toEqual([...services.keys()].toSorted());
  });

  it('reads the environment only in the configuration module', () => {
    const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ file }) => file);
    expect(readers).toEqual(['lib/config.ts']);
  });
});
