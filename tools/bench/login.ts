import * as nodeRs from '@node-rs/argon2';
import argon2 from 'argon2';
import bcrypt from 'bcryptjs';
import type { Table } from '../../lib/dynamodb/client.ts';
import {
  createLoginRepository,
  createLoginSessions,
  createPasswords,
  createThrottle,
  createUserRepository,
} from '../../lib/wiring.ts';
import { createService, RULES, THROTTLE } from '../harness/service.ts';
import { userOf } from '../harness/users.ts';
import { withRemoteTable } from './child.ts';
import { interleaved, type Times } from './measure.ts';
import { against, type Measurement, ratio } from './results.ts';
import { PASSWORD } from './workload.ts';

/** Two rounds of four calls besides the hash (docs/round-trips.md). */
const LIMIT = 1.4;
/** Of a login against its hash and its calls. */
const OWN_LIMIT = 1.15;
/** Enough logins for V8 to compile their code. */
const WARM_UP = 300;

/** A login in process, from event to response, with DynamoDB in another process, against its one hash alone. */
export const bench = (): Promise<Measurement[]> => withRemoteTable(benchOn);

async function benchOn(table: Table): Promise<Measurement[]> {
  const hash = await createPasswords().hash(PASSWORD);
  const weaker = await bcrypt.hash(PASSWORD, 10);
  await createUserRepository(table).create(userOf({ username: 'deku', password: hash }));
  const service = createService(table);
  const logIn = async () => {
    const { status } = await service.post('obtain', { username: 'deku', password: PASSWORD });
    if (status !== 200) throw new Error(`the status of a login is ${status}`);
  };
  // As many sessions as a user can have, so that each round finds the same item.
  for (let count = 0; count < RULES.sessionsPerUser; count += 1) await logIn();
  const verify = () => argon2.verify(hash, PASSWORD);
  const { ours, hashing, calls, nodeRsVerify, bcryptjs } = await interleaved(
    {
      ours: logIn,
      hashing: verify,
      calls: callsOf(table, verify),
      nodeRsVerify: () => nodeRs.verify(hash, PASSWORD),
      bcryptjs: () => bcrypt.compare(PASSWORD, weaker),
    },
    { rounds: 100, warmUp: WARM_UP },
  );
  const detailOf = (times: Times) => `${against(times, hashing, 1)} of argon2.verify`;
  return [
    ratio('obtain', ours, hashing, { limit: LIMIT, detail: detailOf(ours) }),
    ratio('… its calls apart', ours, calls, {
      limit: OWN_LIMIT,
      detail: `${against(ours, calls, 1)} of argon2.verify and the same calls, by the repositories alone`,
    }),
    ratio('its hash by @node-rs/argon2', nodeRsVerify, hashing, { detail: detailOf(nodeRsVerify) }),
    ratio('a weaker hash, bcryptjs of ten rounds', bcryptjs, hashing, { detail: detailOf(bcryptjs) }),
  ];
}

/** The calls of a login in the same rounds, by the repositories alone: count and read, then store and release. */
function callsOf(table: Table, verify: () => Promise<unknown>) {
  const users = createLoginRepository(table);
  const settings = { tokens: RULES, sessions: RULES, throttle: THROTTLE };
  const sessions = createLoginSessions({ settings, clock: Date.now });
  const throttle = createThrottle({ table, settings, clock: Date.now });
  const device = { label: 'bench', address: '203.0.113.7' };
  return async () => {
    const attempt = await throttle.attempt(
      { username: 'deku', address: device.address, device: undefined },
      {
        find: () => users.findLogin('deku'),
        recognize: () => ({ network: true, device: false }),
        check: async (value) => {
          await verify();
          return { kind: 'right', value };
        },
      },
    );
    if (attempt.kind !== 'right' || attempt.value === undefined) throw new Error('the user does not exist');
    const insert = sessions.begin(device).planInsert(attempt.value);
    await Promise.all([
      users.openForLogin(attempt.value, insert, { hash: undefined, knownNetworks: undefined }),
      attempt.forget(),
    ]);
  };
}
