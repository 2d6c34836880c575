import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createDjango, DJANGO_VERSIONS, missingDjango, titleOf } from '../../tools/harness/django.ts';
import { createTestTable } from '../../tools/harness/table.ts';
import { LONG_TEST_MS } from '../../tools/harness/time-limits.ts';
import { manage } from '../support/manage.ts';

const missing = missingDjango(...DJANGO_VERSIONS);
const OPTIONS = { userModel: 'accounts.User' } as const;

it.skipIf(missing !== undefined).each(DJANGO_VERSIONS)(
  titleOf('Django %s gets back the users of its own user model', missing),
  { timeout: LONG_TEST_MS },
  async (version) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-dump-'));
    const table = await createTestTable();
    const projects = [createDjango(version, OPTIONS), createDjango(version, OPTIONS)] as const;
    const [before, after] = await Promise.all(projects);
    const run = async (args: readonly string[], input = '') => {
      const env = { DYNAMODB_ENDPOINT: table.endpoint, TABLE_NAME: table.name };
      const { code, stdout, stderr } = await manage(args, { env, input });
      expect(code, `${args[0]}: ${stdout}${stderr}`).toBe(0);
    };
    const path = join(folder, 'dump.json');
    try {
      await before.manage([
        'shell',
        '-c',
        "from accounts.models import User; User.objects.create_user('deku@ua.jp', 'Plus-Ultra-2019')",
      ]);
      await writeFile(path, await before.manage(['dumpdata', 'accounts.user', 'blog.post']));
      await run(['loaddata', path, '--user-model', 'accounts.user', '--username-field', 'email']);
      await run(['createsuperuser', '--username', 'ochaco@ua.jp', '--password-stdin'], 'Brand-New-Pass-2026');
      await run(['dumpdata', '--output', path]);
      await after.manage(['loaddata', path]);
      const check = `
from accounts.models import User
print(*[
    (user.pk, user.email, user.is_staff, user.check_password(password))
    for user, password in zip(User.objects.order_by("pk"), ("Plus-Ultra-2019", "Brand-New-Pass-2026"))
])`;
      expect(await after.manage(['shell', '-c', check])).toContain(
        "(1, 'deku@ua.jp', False, True) (2, 'ochaco@ua.jp', True, True)",
      );
    } finally {
      await Promise.all([before.remove(), after.remove(), table.remove(), rm(folder, { recursive: true })]);
    }
  },
);
