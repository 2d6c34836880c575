import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ARGON2_LIMITS } from '../../lib/passwords/argon2id.ts';
import { LIMITS } from '../../lib/passwords/django-hashes.ts';
import { inTurn, MAX_AT_ONCE, type Passwords } from '../../lib/passwords/passwords.ts';
import { createPasswords } from '../../lib/wiring.ts';

const CALLS = 200;
const MEMORY_MIB = 1769;
/** Hashes with the minimum parameters of argon2, in the notations of this service and of Django. */
const OURS = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
const DJANGO = [`argon2${OURS}`, 'pbkdf2_sha256$1$salt$aGFzaA==', 'scrypt$2$salt$1$1$aGFzaA=='];

it('leaves a quarter of a function\u2019s memory free when every hash has the maximum parameters', () => {
  const mostMiB = Math.max(ARGON2_LIMITS.memoryKiB / 1024, LIMITS.scryptBytes / 1024 ** 2);
  expect(MAX_AT_ONCE * mostMiB).toBeLessThan(0.75 * MEMORY_MIB);
});

it('runs 200 computations in the order of the calls, with the maximum concurrency and never more', async () => {
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const compute = async (call: number) => {
    started.push(call);
    running += 1;
    most = Math.max(most, running);
    await setImmediate();
    running -= 1;
    return call;
  };
  const calls = Array.from({ length: CALLS }, (_, call) => call);
  expect(await Promise.all(calls.map((call) => inTurn(() => compute(call))))).toEqual(calls);
  expect(started).toEqual(calls);
  expect(most).toBe(MAX_AT_ONCE);
});

it('starts the next computation after one that rejects or throws', async () => {
  const failures = Array.from({ length: CALLS }, (_, call) =>
    inTurn((): Promise<never> => {
      const error = new Error(`call ${call}`);
      if (call % 2 === 0) throw error;
      return Promise.reject(error);
    }),
  );
  const next = inTurn(async () => 'its turn');
  const results = await Promise.allSettled(failures);
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.message : undefined))).toEqual(
    failures.map((_, call) => `call ${call}`),
  );
  expect(await next).toBe('its turn');
  expect([inTurn.activeCount, inTurn.pendingCount]).toEqual([0, 0]);
});

it.each([
  ['a hash by this service', (passwords: Passwords) => passwords.verify(OURS, 'x'), 'mismatch'],
  ...DJANGO.map(
    (encoded) => [encoded, (passwords: Passwords) => passwords.verify(encoded, 'x'), 'mismatch'] as const,
  ),
] as const)('limits verification of %s across all instances', async (_, check, outcome) => {
  let most = 0;
  const calls = Array.from({ length: CALLS }, async () => {
    const result = await check(createPasswords());
    most = Math.max(most, inTurn.activeCount);
    return result;
  });
  expect(inTurn.activeCount + inTurn.pendingCount).toBe(CALLS);
  expect(new Set(await Promise.all(calls))).toEqual(new Set([outcome]));
  expect(most).toBe(MAX_AT_ONCE);
});

it('limits new hashes and dummy hashes', async () => {
  const calls = Array.from({ length: MAX_AT_ONCE }, () => [
    createPasswords().hash('x'),
    createPasswords().hashDummy('x'),
  ]).flat();
  await setImmediate();
  expect([inTurn.activeCount, inTurn.pendingCount]).toEqual([MAX_AT_ONCE, MAX_AT_ONCE]);
  await Promise.all(calls);
});
