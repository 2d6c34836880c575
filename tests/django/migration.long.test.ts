import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createDjango,
  DJANGO_VERSIONS,
  type Django,
  missingDjango,
  titleOf,
} from '../../tools/harness/django.ts';
import { createService, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { manage } from '../support/manage.ts';

const missing = missingDjango(...DJANGO_VERSIONS);

/** Users who log in on both sides. The last one never logs in here, so that its hash is not upgraded. */
const USERS = [
  { username: 'deku', email: 'deku@example.com', password: 'Plus-Ultra-2019' },
  { username: '데쿠', email: '', password: '비밀번호-🔑' },
  { username: 'nfd', email: '', password: 'Cafe\u0301-du-Monde' },
  { username: 'quiet', email: 'quiet@example.com', password: 'Never-Logs-In-Here' },
] as const;
const QUIET = 'quiet';
/** A user who is created here. */
const NEW_USER = { username: 'newcomer', password: 'Brand-New-Pass-2026' };

const datesOf = (published_at: string | null) => ({
  created_at: '2019-06-04T15:43:29.899000',
  updated_at: '2019-06-05T15:43:29',
  published_at,
});
const zoned = (useTz: boolean, text: string) => (useTz ? `${text}+00:00` : text);
const PUBLISHED = 'published in Django';
const DRAFT = 'a draft of Django';
const NEW_POST = 'written here';

const SETTINGS = DJANGO_VERSIONS.flatMap((version) =>
  [true, false].flatMap((useTz) => ['UTC', 'Asia/Seoul'].map((timeZone) => ({ version, useTz, timeZone }))),
);
const idsSchema = v.array(v.nullable(v.number()));
const titlesSchema = v.array(v.string());
const recordsSchema = v.array(
  v.object({ model: v.string(), pk: v.number(), fields: v.record(v.string(), v.unknown()) }),
);

describe.skipIf(missing !== undefined).each(SETTINGS)(
  titleOf('Django $version with USE_TZ=$useTz in $timeZone', missing),
  ({ version, useTz, timeZone }) => {
    let folder: string;
    let table: TestTable;
    let before: Django;
    let after: Django;

    const run = async (args: readonly string[], input = '') => {
      const env = {
        DYNAMODB_ENDPOINT: table.endpoint,
        TABLE_NAME: table.name,
      };
      const { code, stdout, stderr } = await manage(args, { env, input });
      expect(code, `${args[0]}: ${stdout}${stderr}`).toBe(0);
    };
    const dumpOf = async (django: Django) => {
      const path = join(folder, 'django.json');
      await writeFile(path, await django.manage(['dumpdata', 'auth.user', 'blog.post']));
      return path;
    };
    const recordsOf = async (path: string) =>
      v.parse(recordsSchema, JSON.parse(await readFile(path, 'utf8')));

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'latchkey-dump-'));
      table = await createTestTable();
      const options = { useTz, timeZone };
      [before, after] = await Promise.all([createDjango(version, options), createDjango(version, options)]);
      const posts = [
        { title: PUBLISHED, content: 'x\ufeffy\u2028 <p>데쿠</p>', ...datesOf('2019-06-04T15:43:28.123456') },
        { title: DRAFT, content: '', ...datesOf(null) },
      ].map((post) => ({
        author_id: 1,
        ...post,
        created_at: zoned(useTz, post.created_at),
        updated_at: zoned(useTz, post.updated_at),
        published_at: post.published_at && zoned(useTz, post.published_at),
      }));
      await before.manage(['seed'], JSON.stringify({ users: USERS, posts }));
      await run(['loaddata', ...(useTz ? [] : ['--time-zone', timeZone]), await dumpOf(before)]);
    });
    afterAll(async () => {
      await Promise.all([before?.remove(), after?.remove(), table?.remove()]);
      await rm(folder, { recursive: true });
    });

    it('moves its users and posts here and back, with the records that were added here', async () => {
      const service = createService(table);
      const logIn = async ({ username, password }: { username: string; password: string }) => {
        const reply = await service.post('obtain', { username, password });
        expect(reply.status, username).toBe(200);
        return tokenOf(reply);
      };
      for (const user of USERS) if (user.username !== QUIET) await logIn(user);

      const superuser = ['createsuperuser', '--username', NEW_USER.username, '--email', 'new@example.com'];
      await run([...superuser, '--password-stdin'], NEW_USER.password);
      await run(['posts', 'publish', '2']);
      await run([
        'posts',
        'add',
        '--title',
        NEW_POST,
        '--content',
        '',
        '--author',
        NEW_USER.username,
        '--publish',
      ]);
      const token = await logIn(NEW_USER);
      const listed = v
        .parse(recordsSchema, (await service.getPosts(`JWT ${token}`)).body)
        .map(({ fields }) => String(fields.title));
      expect(listed).toEqual([NEW_POST, DRAFT, PUBLISHED]);

      const dump = join(folder, 'latchkey.json');
      await run(['dumpdata', '--output', dump]);
      await after.manage(['loaddata', dump]);
      const everyone = [...USERS, NEW_USER];
      const pairs = everyone.map(({ username, password }) => [username, password]);
      const ids = v.parse(idsSchema, JSON.parse(await after.manage(['authenticate'], JSON.stringify(pairs))));
      expect(ids).toEqual(everyone.map((_, index) => index + 1));
      expect(v.parse(titlesSchema, JSON.parse(await after.manage(['latest'])))).toEqual(listed);
    });

    it('receives unchanged records exactly as it exported them', async () => {
      const dump = join(folder, 'unchanged.json');
      await run(['dumpdata', '--output', dump]);
      const isUnchanged = ({ model, pk, fields }: { model: string; pk: number; fields: object }) =>
        (model === 'blog.post' && pk === 1) || ('username' in fields && fields.username === QUIET);
      const written = (await recordsOf(await dumpOf(before))).filter(isUnchanged);
      expect((await recordsOf(dump)).filter(isUnchanged)).toEqual(written);
    });
  },
);
