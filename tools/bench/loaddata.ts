import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { userRecord, writeDump } from '../../lib/django/write-dump.ts';
import { userOf } from '../harness/users.ts';
import { warn } from '../kit/terminal.ts';
import { END_WITH_PARENT, withFolder } from './child.ts';
import type { Measurement } from './results.ts';

const USERS = 100_000;
/** Limits that this project sets itself. */
const MAX_MEGABYTES = 400;
const MAX_SECONDS = 300;
/** The heap limit. Node.js delays garbage collection while it may use more memory, which would hide the real need. */
const HEAP_MEGABYTES = 256;
/** Prints the peak memory of the process in kilobytes when it ends. */
const REPORTER = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS + '\\n'))`;

/** Imports many users into the embedded DynamoDB in the same process. */
export const bench = (): Promise<Measurement[]> =>
  withFolder(async (folder) => {
    const file = join(folder, 'dump.json');
    await pipeline(writeDump(records()), createWriteStream(file));
    const count = USERS.toLocaleString('en');
    warn(`importing ${count} users …`);
    const { seconds, megabytes } = await run(file, join(folder, 'data'));
    const what = `loaddata of ${count} users`;
    const detail = `${Math.round(USERS / seconds).toLocaleString('en')} users per second`;
    const peak = { what: '… its peak memory', detail: 'including the embedded DynamoDB' };
    return [
      { what, unit: 's', value: seconds, limit: MAX_SECONDS, detail },
      { ...peak, unit: 'MB', value: megabytes, limit: MAX_MEGABYTES },
    ];
  });

async function* records() {
  const password = `pbkdf2_sha256$260000$nUDYnfECMoDsqsEzR5iXkh$${'A'.repeat(43)}=`;
  for (let id = 1; id <= USERS; id += 1) {
    const username = `user-${id}`;
    yield userRecord(userOf({ id, username, email: `${username}@example.com`, password }));
  }
}

async function run(file: string, dataDir: string): Promise<{ seconds: number; megabytes: number }> {
  const start = performance.now();
  const modules = ['tsx', `data:text/javascript,${encodeURIComponent(REPORTER)}`, END_WITH_PARENT];
  const command = [...modules.flatMap((module) => ['--import', module]), 'manage/index.ts', 'loaddata', file];
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MEGABYTES}`, ...command], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { ...process.env, LATCHKEY_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const errors = child.stderr === null ? '' : await text(child.stderr);
  if ((await ended) !== 0) throw new Error(`loaddata failed:\n${errors}`);
  const [, kilobytes] = /peak (\d+)/.exec(errors) ?? [];
  return { seconds: (performance.now() - start) / 1000, megabytes: Number(kilobytes) / 1024 };
}
