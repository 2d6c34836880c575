import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { artifactsOf, packageService } from '../support/package-service.ts';

it('npm run package writes identical artifacts twice, so that a deployment without a change changes nothing', async () => {
  const [one, other] = await Promise.all([
    packageService('test', { JWT_SECRET_KEY: 'canary-secret-of-at-least-thirty-two-bytes' }),
    packageService('test'),
  ]);
  const names = await artifactsOf(one);
  expect(names).toContain('obtain');
  expect((await artifactsOf(other)).toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    const [first, second] = await Promise.all(
      [one, other].map(({ folder }) => readFile(join(folder, `${name}.zip`))),
    );
    expect(first?.equals(second ?? Buffer.alloc(0)), name).toBe(true);
  }
  await Promise.all([one.remove(), other.remove()]);
});
