import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import { DataFolder } from '../../local/data-folder.ts';
import type { RunningServer } from '../../tools/harness/server.ts';
import { stageEnvironment } from './aws.ts';
import { manage } from './manage.ts';
import { programPath, startBuiltServer } from './programs.ts';

type Environment = Readonly<Record<string, string>>;

/** Starts a server for the tests of a file, and returns what runs the smoke test on it. */
export function useSmokeServer() {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startBuiltServer({ env: { LOGIN_REFUSAL_STEP_MS: '50' } });
  });
  afterAll(() => server.stop());
  return {
    url: () => server.url,
    env: () => server.env,

    async smoke(args: readonly string[], input = '', env: Environment = {}) {
      const child = spawn(process.execPath, [programPath('tools/smoke/index'), ...args], {
        env: { ...process.env, ...server.env, ...env },
      });
      child.stdin.end(input);
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      return { code: await ended, stdout, stderr };
    },

    async userNames(): Promise<unknown[]> {
      const { stdout } = await manage(['users', 'list', '--json'], { env: server.env });
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).username);
    },

    /** Returns the environment of a stage in the engine of the server, and the line that a command prints for it. */
    async stage(
      table = server.env.TABLE_NAME ?? 'latchkey-local',
    ): Promise<{ env: Environment; line: string }> {
      const own = await new DataFolder(server.dataDir).readRunningStore();
      const dynamodb = own?.endpoint ?? process.env.DYNAMODB_ENDPOINT ?? '';
      const { origin } = new URL(dynamodb);
      return {
        env: { ...stageEnvironment({ dynamodb }), TABLE_NAME: table },
        line: `Stage prod: account unknown, region eu-central-1, table ${table}, endpoint ${origin}\n`,
      };
    },
  };
}
