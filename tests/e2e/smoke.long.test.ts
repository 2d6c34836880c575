import { describe, expect, it } from 'vitest';
import { manage } from '../support/manage.ts';
import { useSmokeServer } from '../support/smoke.ts';

const PASSWORD = 'canary-password-of-smoke';

const { env, smoke, stage, url, userNames } = useSmokeServer();

describe('smoke', () => {
  it('passes with a temporary user in the table of a stage, without asking', async () => {
    const before = await userNames();
    const { env: environment, line } = await stage();
    const { code, stdout, stderr } = await smoke([url(), '--stage', 'prod'], '', environment);
    expect(stderr).toBe(line);
    expect(stdout).toMatch(/^7\d passed, 0 failed, 0 skipped$/m);
    expect(code).toBe(0);
    expect(await userNames()).toEqual(before);
  });

  it('passes with the user of --username', async () => {
    await manage(['createsuperuser', '--username', 'tester', '--password-stdin'], {
      env: env(),
      input: PASSWORD,
    });
    const { code, stdout } = await smoke([url(), '--username', 'tester'], `${PASSWORD}\n`);
    expect(code).toBe(0);
    expect(stdout).not.toContain(PASSWORD);
  });
});
