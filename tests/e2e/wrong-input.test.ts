import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { builtRoot } from '../support/programs.ts';
import { runScript } from '../support/run-script.ts';
import {
  BENCH,
  DEPLOY,
  DOCS,
  describeWrongInput,
  MANAGE,
  OPENAPI,
  runOnEmptyData,
  SMOKE,
  SOAK,
  START,
} from '../support/wrong-input.ts';

// The long tier runs all cases.
describeWrongInput(({ isShort }) => isShort === true);

it('smoke reports once that another service responds', async () => {
  const other = createServer((socket) => {
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const command = `${SMOKE} http://127.0.0.1:${port}`;
  const { code, output } = await runOnEmptyData({ command });
  other.close();
  expect(code).toBe(1);
  expect(output).toMatch(/is not Latchkey: POST \/api\/token\/ returned 404\. Check the URL/);
  expect(output.trim().split('\n')).toHaveLength(1);
});

describe('--help', { timeout: LONG_TEST_MS }, () => {
  it.each([START, MANAGE, DEPLOY, SMOKE, BENCH, SOAK, DOCS, OPENAPI])(
    'of %s has an example, and the exit code is 0',
    async (file) => {
      const { code, output } = await runScript(builtRoot(), [file, '--help']);
      expect(output).toMatch(/^Usage: /);
      expect(output).toMatch(/^Example: (PORT=8001 )?npm (start|run )/m);
      expect(code).toBe(0);
    },
  );
});
