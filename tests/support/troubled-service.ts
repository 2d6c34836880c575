import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { createItemClient, type HttpItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { ThrottleSettings } from '../../lib/throttling/throttle.ts';
import { createUserRepository } from '../../lib/wiring.ts';
import { createService, type Reply } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { userOf } from '../../tools/harness/users.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { plainPasswords, UNTHROTTLED } from './plain-passwords.ts';
import { retriesAtOnce } from './retry-at-once.ts';

/** The time until the timeout of a called function, in milliseconds. The function responds before it. */
const REMAINING_MS = 6_000;
/** Shorter than for AWS, so that a request without a response does not delay the test. */
const TIMEOUTS = { connectMs: 1_000, requestMs: 500, attemptMs: 700 };
const POLL_MS = 5;
const ROUNDS: Partial<Record<Fault, number>> = { stalled: 2, 'stalled in the body': 2, throttled: 3 };

type Service = ReturnType<typeof createService>;

/** A service whose requests to DynamoDB are subject to faults, and one on the same table without faults. */
export interface Trouble {
  readonly table: TestTable;
  readonly troubled: Service;
  readonly healthy: Service;
  /** Creates a service with faults and other limits. */
  troubledWith(throttling: ThrottleSettings): Service;
  /** Creates a user and returns the username. */
  createUser(password: string): Promise<string>;
  /** Advances the clock by a number of seconds. */
  pass(seconds: number): void;
  /**
   * Injects a fault into the next request, or into the one after a number of requests, and then into most requests in a
   * fixed order.
   */
  begin(after?: number): void;
  /** Ends the faults and waits until no work is in progress. A response may arrive before its work has ended. */
  end(): Promise<void>;
}

/** Runs a test with a new table that is subject to faults. */
export async function withTrouble(fault: Fault, test: (trouble: Trouble) => Promise<void>): Promise<void> {
  const table = await createTestTable();
  const proxy = await startFaultProxy(table.endpoint);
  const client = createItemClient({
    region: 'local',
    endpoint: proxy.endpoint,
    timeouts: TIMEOUTS,
    retries: retriesAtOnce(),
  });
  const openCalls = countOpenCalls(client);
  let now = Date.now();
  let ids = 0;
  const common = { clock: () => now, passwords: plainPasswords };
  const troubledWith = (throttling: ThrottleSettings) =>
    createService({ client, name: table.name }, { ...common, throttling, remainingMs: REMAINING_MS });
  try {
    await test({
      table,
      healthy: createService(table, { ...common, throttling: UNTHROTTLED }),
      troubled: troubledWith(UNTHROTTLED),
      troubledWith,
      createUser: async (password) => {
        ids += 1;
        const username = `user-${ids}`;
        await createUserRepository(table).create(userOf({ id: ids, username, password }));
        return username;
      },
      pass: (seconds) => {
        now += seconds * 1000;
      },
      begin: (after = 0) => {
        proxy.faultOf = mostly(fault, after);
      },
      end: async () => {
        proxy.faultOf = () => 'none';
        while (openCalls() > 0) await delay(POLL_MS);
      },
    });
  } finally {
    client.destroy();
    await proxy.close();
    await table.remove();
  }
}

/**
 * Starts with three faults, which is the number of attempts per call. The order of the following ones does not depend
 * on the calls.
 */
function mostly(fault: Fault, after: number): (count: number) => Fault {
  // A request without a response takes its whole timeout, so only a third of them are included.
  const hit = fault.startsWith('stalled') ? [0, 3, 7, 11] : [0, 1, 3, 4, 6, 8, 9, 12];
  let first: number | undefined;
  return (count) => {
    first ??= count + after;
    return count >= first && hit.includes(((count - first) * 8) % 13) ? fault : 'none';
  };
}

/** Counts the calls in progress, including their retries. */
function countOpenCalls(client: HttpItemClient): () => number {
  let open = 0;
  client.middlewareStack.add(
    (next) => async (input) => {
      open += 1;
      try {
        return await next(input);
      } finally {
        open -= 1;
      }
    },
    // Outside the retry middleware.
    { step: 'initialize' },
  );
  return () => open;
}

/** How often each case runs with a fault. Slow faults run fewer times. */
export const roundsUnder = (fault: Fault): number => ROUNDS[fault] ?? 4;

/**
 * Sends a request to a service with faults. Asserts that the response has an expected status, or is a 503 in the
 * documented format.
 */
export async function assertReply(
  work: () => Promise<Reply>,
  expected: readonly number[] = [200],
): Promise<Reply> {
  const reply = await work();
  expect([...expected, 503]).toContain(reply.status);
  if (reply.status === 503) {
    expect(reply.headers['Retry-After']).toBe('1');
    expect(reply.body).toMatchObject({ detail: 'Service temporarily unavailable, try again later.' });
  }
  return reply;
}
