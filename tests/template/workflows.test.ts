import { readdirSync, readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT_SETTINGS } from '../../deploy/settings.ts';
import { SETTING_DETAILS } from '../../lib/settings/details.ts';

const ROOT = new URL('../../', import.meta.url);
const WORKFLOWS = new URL('.github/workflows/', ROOT);
const COMMIT = /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/;
const LOCAL = /^\.\/\.github\/workflows\/[\w-]+\.yml$/;

const jobSchema = v.looseObject({
  uses: v.optional(v.string()),
  needs: v.optional(v.string()),
  permissions: v.optional(v.record(v.string(), v.string()), {}),
  env: v.optional(v.record(v.string(), v.string()), {}),
  steps: v.optional(
    v.array(v.looseObject({ uses: v.optional(v.string()), run: v.optional(v.string()) })),
    [],
  ),
});
const workflowSchema = v.looseObject({
  permissions: v.record(v.string(), v.string()),
  jobs: v.record(v.string(), jobSchema),
});

const read = (name: string) => v.parse(workflowSchema, load(readFileSync(new URL(name, WORKFLOWS), 'utf8')));
const names = readdirSync(WORKFLOWS);

describe('workflows', () => {
  it.each(names)('in %s use actions by commit', (name) => {
    for (const { uses, steps } of Object.values(read(name).jobs)) {
      for (const action of [uses, ...steps.map((step) => step.uses)]) {
        if (action !== undefined && !LOCAL.test(action)) expect(action).toMatch(COMMIT);
      }
    }
  });

  it('grant an identity token only to the job that deploys, which runs no test', () => {
    for (const name of names) {
      const { permissions, jobs } = read(name);
      expect(permissions).toEqual({ contents: 'read' });
      for (const [job, { permissions: granted, steps }] of Object.entries(jobs)) {
        if (granted['id-token'] === undefined) continue;
        expect([name, job]).toEqual(['deploy.yml', 'deploy']);
        for (const { run = '' } of steps) expect(run).not.toMatch(/npm (test|run (test|lint))|npm ci$/);
      }
    }
  });

  it('deploy the commit whose tests passed', () => {
    const { test, deploy } = read('deploy.yml').jobs;
    expect(test?.uses).toBe('./.github/workflows/test.yml');
    expect(deploy?.needs).toBe('test');
    expect(JSON.stringify(deploy?.steps[0])).toContain(`"ref":"\${{ github.sha }}"`);
  });

  it('pass every setting of a deployment', () => {
    const service = Object.entries(SETTING_DETAILS).filter(([, { functions }]) => functions.length > 0);
    const settings = new Set([...service.map(([name]) => name), ...Object.keys(DEPLOYMENT_SETTINGS)]);
    // The deployment derives it from the stage.
    settings.delete('POWERTOOLS_SERVICE_NAME');
    const { env } = read('deploy.yml').jobs.deploy ?? { env: {} };
    expect(Object.keys(env).sort()).toEqual([...settings].sort());
    for (const [name, value] of Object.entries(env)) expect(value).toBe(`\${{ vars.${name} }}`);
  });
});
