import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findFreePort } from './support/free-port.ts';

const ENGINE = fileURLToPath(
  new URL('../.tools/dynoxide/node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url),
);

/** Starts a DynamoDB engine that is not the embedded one, on a free port of loopback. The tests create their tables in it. */
export default async function setup(): Promise<() => Promise<void>> {
  if (!existsSync(ENGINE)) throw new Error('The second DynamoDB engine is missing: see CONTRIBUTING.md.');
  const port = await findFreePort();
  const engine = spawn(ENGINE, ['--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(engine, 'close');
  await new Promise<void>((resolve, reject) => {
    engine.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('listening')) resolve();
    });
    ended.then(() => reject(new Error('The second DynamoDB engine did not start.')), reject);
  });
  process.env.DYNAMODB_ENDPOINT = `http://127.0.0.1:${port}`;
  return async () => {
    engine.kill();
    await ended;
  };
}
