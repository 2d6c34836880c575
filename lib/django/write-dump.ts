import { serialiseDatetime } from '../posts/datetime.ts';
import type { User } from '../users/user.ts';

/** Before a PHC string of argon2, Django's notation names the hasher. */
const inDjangosNotation = (hash: string): string => (hash.startsWith('$argon2') ? `argon2${hash}` : hash);

/**
 * A user as Django's `dumpdata` writes one, the hash in Django's notation.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/auth/passwords/#how-django-stores-passwords
 */
export const userRecord = (user: User) => ({
  model: 'auth.user',
  pk: user.id,
  fields: {
    password: inDjangosNotation(user.password),
    last_login: user.lastLogin === null ? null : serialiseDatetime(user.lastLogin),
    is_superuser: user.isSuperuser,
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    email: user.email,
    is_staff: user.isStaff,
    is_active: user.isActive,
    date_joined: serialiseDatetime(user.dateJoined),
    groups: user.groups,
    user_permissions: user.userPermissions,
  },
});

/** Writes records as a JSON array, one a line, which `loaddata` takes. */
export async function* writeDump(records: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}
