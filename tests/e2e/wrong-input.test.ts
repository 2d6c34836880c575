import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import {
  BENCH,
  DEPLOY,
  describeHelp,
  describeWrongInput,
  MANAGE,
  runOnEmptyData,
  SMOKE,
  SOAK,
  START,
} from '../support/wrong-input.ts';

// The long tier runs all cases, and the programs that run from their sources only.
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

describeHelp([START, MANAGE, DEPLOY, SMOKE, BENCH, SOAK]);
