import { Passwords } from '../../lib/passwords/passwords.ts';
import { KnownDevices } from '../../lib/sessions/known-device.ts';
import { LoginSessions } from '../../lib/sessions/login-session.ts';
import { Tokens } from '../../lib/tokens/tokens.ts';
import { Login, type LoginDependencies } from '../../lib/users/login.ts';
import { RULES } from '../../tools/harness/service.ts';

/** Counts nothing and allows every attempt. */
export const unlimited: LoginDependencies['throttle'] = {
  attempt: async (_, { find, check }) => {
    const checked = await check(await find());
    return checked.kind === 'wrong' ? checked : { ...checked, forget: async () => {} };
  },
};

/** Logins that are not throttled and not held back, but for what is given. */
export const loginWith = (given: Pick<LoginDependencies, 'users'> & Partial<LoginDependencies>): Login =>
  new Login({
    passwords: new Passwords(),
    sessions: new LoginSessions({ tokens: new Tokens(RULES), rules: RULES }),
    devices: new KnownDevices(new Tokens(RULES)),
    throttle: unlimited,
    refusalStepMs: 0,
    ...given,
  });
