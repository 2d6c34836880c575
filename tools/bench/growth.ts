import { createPasswords, createUserRepository } from '../../lib/wiring.ts';
import { openSessions } from '../harness/seed.ts';
import { createService, RULES, THROTTLE, tokenOf } from '../harness/service.ts';
import type { TestTable } from '../harness/table.ts';
import { userOf } from '../harness/users.ts';
import { withRemoteTable } from './child.ts';
import { cpuClock, interleaved, type Work } from './measure.ts';
import { against, type Measurement, ratio } from './results.ts';
import { PASSWORD } from './workload.ts';

/** The numbers of sessions of a user: the first one is the reference. The setting allows 100. */
const SESSIONS = [1, 20, 100] as const;
const REQUESTS = { verify: 20, refresh: 10, obtain: 1 } as const;
const ROUNDS = 20;

/** Compares the CPU time of requests of users with few and with many sessions, whose items are larger. */
export const bench = (): Promise<Measurement[]> =>
  withRemoteTable(async (table) => {
    const hash = await createPasswords().hash(PASSWORD);
    const users = [];
    for (const [index, count] of SESSIONS.entries()) {
      const username = `sessions-${count}`;
      await createUserRepository(table).create(userOf({ id: index + 1, username, password: hash }));
      users.push({ count, username, tokens: await openSessions(table, username, count) });
    }
    const measurements: Measurement[] = [];
    for (const request of ['verify', 'refresh', 'obtain'] as const) {
      const works = Object.fromEntries(
        users.map(({ count, username, tokens }) => [count, workOf(table, request, username, [...tokens])]),
      );
      const times = await interleaved(works, {
        rounds: ROUNDS,
        perRound: REQUESTS[request],
        clock: cpuClock,
      });
      const [least = [], ...others] = SESSIONS.map((count) => times[count] ?? []);
      measurements.push(
        ...others.map((many, index) =>
          ratio(`CPU time of ${request} with ${SESSIONS[index + 1]} sessions`, many, least, {
            detail: `${against(many, least, 2)} with one session`,
          }),
        ),
      );
    }
    return measurements;
  });

/** Returns a request of a user. A login evicts the oldest session, so their number stays. */
function workOf(table: TestTable, request: keyof typeof REQUESTS, username: string, tokens: string[]): Work {
  const sessionsPerUser = tokens.length;
  const throttling = { ...THROTTLE, pair: { failures: 1000, seconds: 900 } };
  const service = createService(table, { settings: { ...RULES, sessionsPerUser }, throttling });
  let count = 0;
  return async () => {
    const index = count % tokens.length;
    count += 1;
    const body = request === 'obtain' ? { username, password: PASSWORD } : { token: tokens[index] };
    const reply = await service.post(request, body);
    if (reply.status !== 200) throw new Error(`${request} responded with ${reply.status}`);
    tokens[index] = tokenOf(reply);
  };
}
