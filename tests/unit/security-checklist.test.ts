import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

const [, checklist = ''] = read('docs/security.md').split(/^## Checklist$/m);
const lines = checklist.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| point'));
const named = lines.flatMap((line) =>
  [...line.matchAll(/`(tests\/[\w/.-]+)` › (.+?) \|$/g)].map(([, file = '', name = '']) => ({ file, name })),
);

describe('the checklist of docs/security.md', () => {
  it('has a test, a place or a reason for each point', () => {
    expect(named.length).toBeGreaterThan(40);
    for (const line of lines) expect(line.split(' | ')[2]?.length, line).toBeGreaterThan(10);
  });

  it.each(named)('names a test that exists: $file, $name', ({ file, name }) => {
    expect(read(file)).toMatch(new RegExp(`['\`]${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}['\`]`));
  });
});
