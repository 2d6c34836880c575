import { expect, it } from 'vitest';
import { packageTemplate } from '../support/package-service.ts';
import { hasLinter, LINTER_MISSING, lint } from '../support/template-linter.ts';
import { EVERY_SETTING } from '../support/template-settings.ts';

it.skipIf(!hasLinter).each([
  ['the default settings', {}],
  ['a smallest set of settings', { CREATE_TABLE: 'false', OBTAIN_RESERVED_CONCURRENCY: 'none' }],
  ['every setting', EVERY_SETTING],
])(`the template with %s passes the linter of CloudFormation${LINTER_MISSING}`, async (_, settings) => {
  const packaged = await packageTemplate('prod', settings);
  expect(await lint(packaged)).toBe('');
  await packaged.remove();
});
