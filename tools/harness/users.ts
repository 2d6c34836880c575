import { createHash } from 'node:crypto';
import type { Table } from '../../lib/dynamodb/client.ts';
import type { User } from '../../lib/users/user.ts';
import { createUserImports } from '../../lib/wiring.ts';

/** Returns a user as Django stores it, with the given fields and defaults for the others. */
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

/** Returns a user with all stored fields. */
export const storedUser = async (table: Table, username: string): Promise<User | undefined> =>
  (await createUserImports(table).find([username])).get(username)?.user;

/** Returns a Django hash that is cheap to compute. The first login replaces it. */
export const cheapHash = (password: string): string =>
  `md5$salt$${createHash('md5').update(`salt${password}`).digest('hex')}`;
