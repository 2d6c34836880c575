import { createHash } from 'node:crypto';
import type { User } from '../../lib/users/user.ts';

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

/** A hash of Django's that costs next to nothing; the first login replaces it. */
export const cheapHash = (password: string): string =>
  `md5$salt$${createHash('md5').update(`salt${password}`).digest('hex')}`;
