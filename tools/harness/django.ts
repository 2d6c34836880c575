import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { awaitedOutput } from './awaited-output.ts';
import { SECRET } from './service.ts';

const PROJECT = fileURLToPath(new URL('../../tests/django/project', import.meta.url));
/** The virtual environments that `.ci/run` makes from `tests/django/*.txt`. */
const ENVIRONMENTS = fileURLToPath(new URL('../../.tools/', import.meta.url));

export type DjangoVersion = 'original' | 'current';
export const DJANGO_VERSIONS = ['original', 'current'] as const;

/** The address that gunicorn logs. */
const LISTENING = /Listening at: (\S+)/;
const APP = 'django.core.wsgi:get_wsgi_application()';
const HASHERS = 'PBKDF2 PBKDF2SHA1 Argon2';
/** Django 5.1 removed the oldest ones. */
const OLD_HASHERS = 'BCryptSHA256 BCrypt SHA1 MD5';

const pythonOf = (version: DjangoVersion): string => `${ENVIRONMENTS}django-${version}/bin/python`;

/** Returns why Django cannot run here, or undefined if it can. */
export const missingDjango = (...versions: readonly DjangoVersion[]): string | undefined =>
  versions.every((version) => existsSync(pythonOf(version)))
    ? undefined
    : 'Python with Django is missing: see CONTRIBUTING.md';

/** Adds the reason to the title of tests that are skipped. */
export const titleOf = (title: string, missing: string | undefined): string =>
  missing === undefined ? title : `${title} (${missing})`;

export interface DjangoOptions {
  readonly useTz?: boolean;
  readonly timeZone?: string;
  /** `AUTH_USER_MODEL`. */
  readonly userModel?: 'auth.User' | 'accounts.User';
  readonly secretKey?: string;
}

export interface RunningDjango {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A Django project with the tutorial's models, on a database of its own. */
export interface Django {
  /** Runs a management command. Returns its output. @throws if it fails */
  manage(args: readonly string[], input?: string): Promise<string>;
  /** Starts the tutorial's API with gunicorn, on a free port of loopback. Only the original has it. */
  serve(options?: { readonly workers?: number }): Promise<RunningDjango>;
  remove(): Promise<void>;
}

/** Creates a project with empty tables. */
export async function createDjango(
  version: DjangoVersion,
  { useTz = false, timeZone = 'UTC', userModel = 'auth.User', secretKey = SECRET }: DjangoOptions = {},
): Promise<Django> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-django-'));
  const env = {
    ...process.env,
    DJANGO_SETTINGS_MODULE: 'settings',
    DATABASE: join(folder, 'db.sqlite3'),
    SECRET_KEY: secretKey,
    USE_TZ: String(useTz),
    TIME_ZONE: timeZone,
    USER_MODEL: userModel,
    PASSWORD_HASHERS: version === 'original' ? `${HASHERS} ${OLD_HASHERS}` : HASHERS,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
    PYTHONWARNINGS: 'ignore',
  };
  const manage = async (args: readonly string[], input = '') => {
    const child = spawn(pythonOf(version), ['manage.py', ...args], { cwd: PROJECT, env });
    child.stdin.on('error', () => {}).end(input);
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (child.exitCode !== 0) throw new Error(`manage.py ${args.join(' ')} failed:\n${stderr}`);
    return stdout;
  };
  await manage(['migrate', '--run-syncdb']);
  return {
    manage,
    serve: async ({ workers = 1 } = {}) => {
      const args = ['-m', 'gunicorn', '--workers', String(workers), '--bind', '127.0.0.1:0', APP];
      const child = spawn(pythonOf(version), args, {
        cwd: PROJECT,
        env: { ...env, DJANGO_SETTINGS_MODULE: 'service' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const ended = once(child, 'close');
      const end = () => child.kill();
      process.once('exit', end);
      const url = await awaitedOutput(child, LISTENING, 'the original');
      return {
        url,
        pid: child.pid ?? 0,
        stop: async () => {
          process.off('exit', end);
          end();
          await ended;
        },
      };
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
