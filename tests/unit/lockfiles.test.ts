import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';

const lockfileSchema = v.object({
  packages: v.record(v.string(), v.object({ resolved: v.optional(v.string()) })),
});

const readLockfile = (name: string) => {
  const path = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  return v.parse(v.pipe(v.string(), v.parseJson(), lockfileSchema), readFileSync(path, 'utf8'));
};

describe.each(['package-lock.json', 'examples/expo/package-lock.json'])('%s', (name) => {
  // npm then installs from the registry that is configured, such as a mirror.
  it('records the host of no registry', () => {
    const { packages } = readLockfile(name);
    const hosts = Object.values(packages).filter(({ resolved = '' }) => resolved.includes('://'));
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    expect(hosts).toEqual([]);
  });
});
