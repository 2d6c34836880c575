import { expect, it } from 'vitest';
import { defaultTemplate, packageTemplate } from '../support/package-service.ts';
import { EVERY_SETTING } from '../support/template-settings.ts';

it('the template with the default settings is the same if the variables are empty', async () => {
  const unset = await defaultTemplate();
  const empty = Object.fromEntries(Object.keys(EVERY_SETTING).map((name) => [name, '']));
  const other = await packageTemplate('test', empty);
  await other.remove();
  // The framework names a folder by the current time.
  const textOf = (value: unknown) => JSON.stringify(value).replace(/\d{13}(-[\d.:TZ-]+)?/g, 'now');
  expect(textOf(other.template)).toBe(textOf(unset.template));
});

it('settings that are not valid are all reported, and nothing is packaged', async () => {
  const packaging = packageTemplate('test', { API_RATE_LIMIT: 'fast', OBTAIN_RESERVED_CONCURRENCY: 'abc' });
  await expect(packaging).rejects.toMatchObject({
    stderr: expect.stringMatching(/OBTAIN_RESERVED_CONCURRENCY is neither .*\n.*API_RATE_LIMIT is not/),
  });
});
