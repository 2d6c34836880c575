import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMPORT = /^(?:import|export)\s+(type\s)?[^'";]*?(?:from\s+)?'([^']+)';$|\bimport\('([^']+)'\)/gm;

interface Import {
  readonly file: string;
  readonly room: string;
  /** A room of ours, or the name of a package. */
  readonly target: string;
  readonly isType: boolean;
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name));

/** `lib/tokens/tokens.ts` is in `lib/tokens`, `functions/posts.ts` in `functions`, `lib/errors.ts` a room of its own. */
const roomOf = (path: string): string => {
  const [first = '', second = ''] = path.split('/');
  return first === 'lib' ? `lib/${second.replace(/\.ts$/, '')}` : first;
};

const packageOf = (specifier: string): string =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const imports: Import[] = ['functions', 'lib', 'manage', 'local'].flatMap(filesIn).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)]
    .map(([, isType, named, loaded]) => ({ isType, specifier: named ?? loaded ?? '' }))
    .map(({ isType, specifier }) => ({
      file,
      room: roomOf(file),
      target: specifier.startsWith('.')
        ? roomOf(relative(ROOT, join(ROOT, dirname(file), specifier)))
        : packageOf(specifier),
      isType: isType !== undefined,
    })),
);

/** Rooms that each room may call; types of the domain may be named from anywhere above it. */
const ARROWS: Record<string, readonly string[]> = {
  functions: ['lib/container', 'lib/http'],
  'lib/http': ['lib/errors', 'lib/logger', 'lib/python-strip'],
  'lib/tokens': ['lib/errors'],
  'lib/passwords': ['lib/errors', 'lib/python-strip'],
  'lib/secrets': ['lib/errors'],
  'lib/sessions': ['lib/errors', 'lib/retry-on-conflict'],
  'lib/throttling': ['lib/errors'],
  'lib/users': ['lib/errors', 'lib/python-strip', 'lib/retry-on-conflict', 'lib/sessions', 'lib/throttling'],
  'lib/posts': ['lib/errors'],
  'lib/django': ['lib/posts'],
  'lib/dynamodb': ['lib/errors', 'lib/posts', 'lib/retry-on-conflict', 'lib/sessions'],
  'lib/config': ['lib/settings', 'lib/tokens'],
  'lib/settings': ['lib/errors', 'lib/tokens'],
  'lib/python-strip': [],
  'lib/retry-on-conflict': ['lib/errors'],
  'lib/errors': [],
  'lib/logger': [],
  'lib/metrics': [],
  'lib/tracing': [],
};

const ONE_ROOM_EACH: [string, RegExp][] = [
  ['jose', /^lib\/tokens\/signature\.ts$/],
  ['argon2', /^lib\/passwords\/argon2id\.ts$/],
  ['p-limit', /^lib\/passwords\/limit\.ts$/],
  ['ipaddr.js', /^lib\/throttling\/network\.ts$/],
  ['bcryptjs', /^lib\/passwords\/django-hashes\.ts$/],
  ['@aws-sdk/client-dynamodb', /^(lib\/dynamodb\/.*|local\/create-table)\.ts$/],
  ['@aws-sdk/lib-dynamodb', /^lib\/dynamodb\/.*\.ts$/],
  ['@aws-sdk/client-sts', /^manage\/account\.ts$/],
  ['@smithy/signature-v4', /^lib\/secrets\/parameter-store\.ts$/],
  ['@aws-lambda-powertools/logger', /^lib\/logger\.ts$/],
  ['@aws-lambda-powertools/metrics', /^lib\/metrics\.ts$/],
  ['@aws-lambda-powertools/tracer', /^lib\/tracing\.ts$/],
  ['stream-chain', /^lib\/django\/read-dump\.ts$/],
  ['stream-json', /^lib\/django\/read-dump\.ts$/],
  ['@middy/core', /^lib\/http\//],
];

describe('rooms', () => {
  it.each(Object.keys(ARROWS))('%s calls only the rooms it may', (room) => {
    const strays = imports
      .filter((one) => one.room === room && !one.isType && /^(lib|functions|local|manage)\b/.test(one.target))
      .filter(({ target }) => target !== room && !ARROWS[room]?.includes(target));
    expect(strays).toEqual([]);
  });

  it.each(ONE_ROOM_EACH)('%s is imported in one place', (name, place) => {
    const importers = imports.filter(({ target }) => target === name).map(({ file }) => file);
    expect(importers.length).toBeGreaterThan(0);
    expect(importers.filter((file) => !place.test(file))).toEqual([]);
  });

  it('under lib do not know the container', () => {
    const strays = imports.filter(
      ({ room, target }) => room.startsWith('lib/') && target === 'lib/container',
    );
    expect(strays).toEqual([]);
  });

  it('above and beside them are not known to lib and functions', () => {
    const strays = imports.filter(
      ({ room, target }) => /^(lib\/|functions)/.test(room) && /^(local|manage|tests)$/.test(target),
    );
    expect(strays).toEqual([]);
  });
});

describe('the environment', () => {
  it('is read by the configuration alone', () => {
    const readers = ['functions', 'lib']
      .flatMap(filesIn)
      .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('process.env'));
    expect(readers).toEqual(['lib/config.ts']);
  });
});
