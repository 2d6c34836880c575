import { createHash } from 'node:crypto';
import type { Table } from '../../lib/dynamodb/client.ts';
import type { User } from '../../lib/users/user.ts';
import { createUserImports } from '../../lib/wiring.ts';

/** A user as Django would have stored one, in the given respects. */
export const userOf = (given: Partial<User> = {}): User => ({
  id: 1,
  username: 'deku',
  email: 'deku@example.com',
  password: '!',
  isActive: true,
  firstName: '',
  lastName: '',
  isStaff: false,
  isSuperuser: false,
  dateJoined: '2019-06-04T15:00:01',
  lastLogin: null,
  groups: [],
  userPermissions: [],
  ...given,
});

/** A user with everything that is stored of one. */
export const storedUser = async (table: Table, username: string): Promise<User | undefined> =>
  (await createUserImports(table).find([username])).get(username)?.user;

/** A hash of Django's that costs next to nothing; the first login replaces it. */
export const cheapHash = (password: string): string =>
  `md5$salt$${createHash('md5').update(`salt${password}`).digest('hex')}`;
