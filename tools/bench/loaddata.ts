import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Measurement } from './results.ts';

const USERS = 100_000;
/** Our own bounds. */
const MAX_MEGABYTES = 400;
/** Node takes what it is let have before it tidies up; this much is enough, and proves that the rest is not needed. */
const HEAP_MEGABYTES = 256;
const MAX_SECONDS = 300;
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Tells the peak memory of the process it is loaded into, when that ends, in kilobytes. */
const REPORTER = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;

/** Importing many users in one go, with the embedded DynamoDB in the same process. */
export async function bench(): Promise<Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  try {
    const file = join(folder, 'dump.json');
    await pipeline(dump(USERS), createWriteStream(file));
    process.stderr.write(`importing ${USERS.toLocaleString('en')} users …\n`);
    const { seconds, megabytes } = await run(file, join(folder, 'data'));
    return [
      {
        what: `loaddata of ${USERS.toLocaleString('en')} users`,
        unit: 's',
        value: seconds,
        limit: MAX_SECONDS,
        detail: `${Math.round(USERS / seconds).toLocaleString('en')} users a second`,
      },
      {
        what: '… its peak memory',
        unit: 'MB',
        value: megabytes,
        limit: MAX_MEGABYTES,
        detail: 'the embedded DynamoDB included',
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function* dump(count: number): Generator<string> {
  for (let pk = 1; pk <= count; pk += 1) {
    const fields = {
      password: `pbkdf2_sha256$260000$nUDYnfECMoDsqsEzR5iXkh$${'A'.repeat(43)}=`,
      last_login: null,
      is_superuser: false,
      username: `user-${pk}`,
      first_name: 'First',
      last_name: 'Last',
      email: `user-${pk}@example.com`,
      is_staff: false,
      is_active: true,
      date_joined: '2019-06-04T15:00:01',
      groups: [],
      user_permissions: [],
    };
    yield (pk === 1 ? '[' : ',') + JSON.stringify({ model: 'auth.user', pk, fields });
  }
  yield ']';
}

async function run(file: string, dataDir: string): Promise<{ seconds: number; megabytes: number }> {
  const start = performance.now();
  const reporter = `data:text/javascript,${encodeURIComponent(REPORTER)}`;
  const leash = new URL('end-with-parent.ts', import.meta.url).href;
  const command = [
    `--max-old-space-size=${HEAP_MEGABYTES}`,
    '--import',
    'tsx',
    '--import',
    reporter,
    '--import',
    leash,
    'manage/index.ts',
    'loaddata',
    file,
  ];
  const child = spawn(process.execPath, command, {
    cwd: ROOT,
    env: { ...process.env, LATCHKEY_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`loaddata failed:\n${said}`);
  const [, kilobytes] = /peak (\d+)/.exec(said) ?? [];
  return { seconds: (performance.now() - start) / 1000, megabytes: Number(kilobytes) / 1024 };
}
