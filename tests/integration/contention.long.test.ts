import { it } from 'vitest';
import { Passwords } from '../../lib/passwords/passwords.ts';
import { useFullUsers } from '../support/contention.ts';

const { assertLogins } = useFullUsers();

it('fifty concurrent logins that compute hashes all succeed and leave twenty of the new sessions', () =>
  assertLogins(new Passwords()));
