import { serializeDatetime } from '../posts/datetime.ts';
import type { User, UserModel } from '../users/user.ts';

/** The user model of Django itself. */
export const DJANGO_USER: UserModel = { model: 'auth.user', usernameField: 'username', fields: undefined };

/** Returns a hash in Django's notation: the name of the hasher precedes the PHC string of argon2. */
export const toDjangoNotation = (hash: string): string =>
  hash.startsWith('$argon2') ? `argon2${hash}` : hash;

/**
 * Returns the record of a user as `dumpdata` writes it, with the hash in Django's notation. Another user model than that of
 * Django has only its own fields, because `loaddata` refuses others.
 *
 * @see https://docs.djangoproject.com/en/stable/topics/auth/passwords/#how-django-stores-passwords
 */
export function userRecord(user: User, { model, usernameField, fields }: UserModel = DJANGO_USER) {
  const values = {
    password: toDjangoNotation(user.password),
    last_login: user.lastLogin === null ? null : serializeDatetime(user.lastLogin),
    is_superuser: user.isSuperuser,
    username: user.username,
    first_name: user.firstName,
    last_name: user.lastName,
    email: user.email,
    is_staff: user.isStaff,
    is_active: user.isActive,
    date_joined: serializeDatetime(user.dateJoined),
    groups: user.groups,
    user_permissions: user.userPermissions,
    ...(usernameField !== 'username' && { [usernameField]: user.username }),
  };
  const named = Object.entries(values).filter(([name]) => fields === undefined || fields.includes(name));
  return { model, pk: user.id, fields: Object.fromEntries(named) };
}

/** Writes records as a JSON array, one per line, which Django's `loaddata` accepts. */
export async function* writeDump(records: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '[\n';
  for await (const record of records) {
    yield separator + JSON.stringify(record);
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}
