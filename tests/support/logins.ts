import { Login, type LoginDependencies } from '../../lib/users/login.ts';
import { createKnownDevices, createLoginSessions, createPasswords } from '../../lib/wiring.ts';
import { RULES } from '../../tools/harness/service.ts';

/** Counts nothing and allows every attempt. */
export const unlimited: LoginDependencies['throttle'] = {
  attempt: async (_, { find, check }) => {
    const checked = await check(await find());
    return checked.kind === 'wrong' ? checked : { ...checked, forget: async () => {} };
  },
};

const parts = { settings: { tokens: RULES, sessions: RULES }, clock: Date.now };

/** Creates a login without throttling and delay, unless the given dependencies set them. */
export const loginWith = (given: Pick<LoginDependencies, 'users'> & Partial<LoginDependencies>): Login =>
  new Login({
    passwords: createPasswords(),
    sessions: createLoginSessions(parts),
    devices: createKnownDevices(parts),
    throttle: unlimited,
    refusalStepMs: 0,
    ...given,
  });
