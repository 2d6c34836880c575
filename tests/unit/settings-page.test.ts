import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PAGE, renderSettings } from '../../deploy/settings-page.ts';

describe('docs/settings.md', () => {
  it('is what npm run docs writes', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(renderSettings());
  });
});
