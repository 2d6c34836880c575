import { Passwords } from '../../lib/passwords/passwords.ts';
import { LoginSessions } from '../../lib/sessions/login-session.ts';
import { Tokens } from '../../lib/tokens/tokens.ts';
import { Login, type LoginDependencies } from '../../lib/users/login.ts';
import { RULES } from '../../tools/harness/service.ts';

/** Logins that are not throttled and not held back, but for what is given. */
export const loginWith = (given: Pick<LoginDependencies, 'users'> & Partial<LoginDependencies>): Login =>
  new Login({
    passwords: new Passwords(),
    sessions: new LoginSessions({ tokens: new Tokens(RULES), rules: RULES }),
    throttle: {
      reserve: async () => ({ admit: async () => {}, succeeded: async () => {}, released: async () => {} }),
    },
    refusalStepMs: 0,
    ...given,
  });
