import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { closedEndpoint, stageEnvironment } from '../support/aws.ts';
import { copyWithEmptyFunctions } from '../support/package-service.ts';
import { runScript } from '../support/run-script.ts';

it('npm run deploy prints only the problem, before it packages, if AWS cannot be reached', async () => {
  const root = await copyWithEmptyFunctions();
  const endpoint = await closedEndpoint();
  const env = { ...stageEnvironment(), AWS_ENDPOINT_URL: endpoint, NO_COLOR: '1' };
  const { code, output } = await runScript(root, ['deploy/index.mjs', 'deploy', '--stage', 'test'], env);
  await rm(root, { recursive: true, force: true });
  const { host } = new URL(endpoint);
  expect(code).toBe(1);
  expect(output.trim()).toBe(
    'Deploying latchkey to stage test (eu-central-1)\n' +
      `The endpoint ${host} cannot be reached (ECONNREFUSED). Check the network, AWS_REGION and AWS_ENDPOINT_URL.`,
  );
});
