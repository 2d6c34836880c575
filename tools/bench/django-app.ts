import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { choosePort } from '../../local/port.ts';
import { djangoToken } from '../harness/django-token.ts';
import { SECRET } from '../harness/service.ts';
import { Client } from '../kit/client.ts';

// The service that this one replaces: Django 3.2, djangorestframework-jwt 1.11 and SQLite (tests/django/project), served by
// gunicorn with two workers.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROJECT = join(ROOT, 'tests/django/project');
const PYTHON = join(ROOT, '.tools/django-original/bin/python');
const GUNICORN = join(ROOT, '.tools/gunicorn');
const WORKERS = 2;
const READY_POLL_MS = 100;
const READY_MS = 60_000;

/** Returns why the original cannot run here, or undefined if it can. */
export function missingOriginal(): string | undefined {
  if (!existsSync(PYTHON)) return 'Python with Django is missing: see CONTRIBUTING.md';
  if (!existsSync(GUNICORN)) {
    return `gunicorn is missing: ${PYTHON} -m pip install --target ${GUNICORN} gunicorn==23.0.0`;
  }
  return undefined;
}

/** Stores users with one password, and published posts. The first user is the author. */
const SEED = `
import json, sys
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime
from blog.models import Post
given = json.load(sys.stdin)
password = make_password(given['password'])
User.objects.bulk_create([User(password=password, **user) for user in given['users']])
Post.objects.bulk_create([
    Post(author_id=given['users'][0]['id'], **{**post, **{name: parse_datetime(post[name]) for name in given['dates']}})
    for post in given['posts']
])
`;

export interface OriginalData {
  readonly users: readonly { readonly id: number; readonly username: string; readonly email: string }[];
  readonly password: string;
  /** The number of published posts. The original has no paging and returns all of them. */
  readonly posts: number;
}

/** Starts the original with data. Returns its address, the process and a token of each user. */
export async function startOriginal({ users, password, posts: count }: OriginalData) {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const env = {
    ...process.env,
    DJANGO_SETTINGS_MODULE: 'service',
    DATABASE: join(folder, 'db.sqlite3'),
    SECRET_KEY: SECRET,
    USER_MODEL: 'auth.User',
    USE_TZ: 'false',
    TIME_ZONE: 'UTC',
    PASSWORD_HASHERS: 'PBKDF2',
    PYTHONPATH: GUNICORN,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONWARNINGS: 'ignore',
  };
  const manage = async (args: readonly string[], input = '') => {
    const child = spawn(PYTHON, ['manage.py', ...args], { cwd: PROJECT, env });
    child.stdin.end(input);
    const [errors] = await Promise.all([text(child.stderr), text(child.stdout), once(child, 'close')]);
    if (child.exitCode !== 0) throw new Error(`manage.py ${args[0]} failed:\n${errors}`);
  };
  await manage(['migrate', '--run-syncdb']);
  const dates = ['created_at', 'updated_at', 'published_at'];
  const posts = Array.from({ length: count }, (_, index) => {
    const at = new Date(Date.UTC(2019, 0, 1) + index * 60_000).toISOString().slice(0, 19);
    const times = Object.fromEntries(dates.map((name) => [name, at]));
    return { title: `post ${index + 1}`, content: 'text '.repeat(40), ...times };
  });
  await manage(['shell', '-c', SEED], JSON.stringify({ users, password, posts, dates }));
  const port = await choosePort('0', '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  const app = 'django.core.wsgi:get_wsgi_application()';
  const server = spawn(
    PYTHON,
    ['-m', 'gunicorn', '--workers', String(WORKERS), '--bind', `127.0.0.1:${port}`, app],
    { cwd: PROJECT, env, stdio: 'ignore' },
  );
  const ended = once(server, 'close');
  const end = () => server.kill();
  process.once('exit', end);
  const giveUp = performance.now() + READY_MS;
  while ((await new Client(url).call('/').catch(() => undefined)) === undefined) {
    if (server.exitCode !== null || performance.now() > giveUp) throw new Error('the original did not start');
    await delay(READY_POLL_MS);
  }
  return {
    url,
    pid: server.pid ?? 0,
    tokens: users.map((user) => djangoToken(user, { at: Date.now() - 60_000 })),
    stop: async () => {
      process.off('exit', end);
      end();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
