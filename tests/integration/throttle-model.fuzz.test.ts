import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnavailableError } from '../../lib/errors.ts';
import type { Throttle } from '../../lib/throttling/throttle.ts';
import { createThrottle } from '../../lib/wiring.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { RUNS, TIME_MS } from '../support/arbitraries.ts';

const SETTINGS = {
  pair: { failures: 3, seconds: 900 },
  network: { failures: 6, seconds: 600 },
  accountFailures: 4,
};
/** Networks with the prefix under which an account stores them. The first two have the same prefix. */
const NETWORKS = [
  { address: '203.0.113.7', prefix: '203.0.113' },
  { address: '203.0.113.8', prefix: '203.0.113' },
  { address: '198.51.100.9', prefix: '198.51.100' },
  { address: '2001:db8:1:2::3', prefix: '2001:db8:1' },
] as const;
type Network = (typeof NETWORKS)[number];

const ENVIRONMENTS = [0, 1] as const;
const KINDS = ['wrong', 'right', 'unavailable'] as const;
type Kind = (typeof KINDS)[number];

/** Tokens of the account that a client presents. One of their sessions has ended. */
const DEVICES = [undefined, 'phone', 'tablet', 'ended'] as const;
type Device = (typeof DEVICES)[number];
const isKnownDevice = (device: Device): boolean => device === 'phone' || device === 'tablet';

/** An attempt, the execution environment that handles it, and its result if the limits allow it. */
interface Claim {
  readonly kind: Kind;
  readonly username: string;
  readonly network: Network;
  readonly device: Device;
  readonly environment: number;
}

/** A model of the limits for sequential attempts. */
class Model {
  now = 1_800_000_000;
  readonly known = new Set<string>();
  #failures: { username: string; network: Network; device: Device; at: number }[] = [];
  readonly #inARow = new Map<string, { at: number; device: Device }[]>();
  readonly #endedRefusals = new Map<string, number>();
  readonly #ofNetworks = new Map<string, number>();

  /** Whether an environment may still cache a refusal that a correct password from a known device has ended. */
  mayRemember({ username, network, environment }: Claim): boolean {
    return (this.#endedRefusals.get(`${username} ${network.address} ${environment}`) ?? 0) > this.now;
  }

  isKnown(username: string, { prefix }: Network): boolean {
    return this.known.has(`${username} ${prefix}`);
  }

  allows(username: string, network: Network, device: Device, now = this.now): boolean {
    const recent = this.#failures.filter(
      (one) => one.username === username && one.at > now - SETTINGS.pair.seconds,
    );
    const ofDevice = recent.filter((one) => one.device === device).length;
    const isDeviceDelayed = now < this.#delayedUntil(username, device);
    if (isKnownDevice(device) && ofDevice < SETTINGS.pair.failures && !isDeviceDelayed) return true;
    const count = (by: 'address' | 'prefix') =>
      recent.filter((one) => one.network[by] === network[by]).length;
    if (count('address') >= SETTINGS.pair.failures) return false;
    if (this.isKnown(username, network) && count('prefix') < SETTINGS.pair.failures) return true;
    const isNetworkFull = (this.#ofNetworks.get(periodOf(network, now)) ?? 0) >= SETTINGS.network.failures;
    return !isNetworkFull && now >= this.#delayedUntil(username);
  }

  end({ kind, username, network, device, environment }: Claim): void {
    const inARow = this.#inARow.get(username) ?? [];
    if (kind === 'wrong') {
      this.#failures.push({ username, network, device, at: this.now });
      this.#inARow.set(username, [...inARow, { at: this.now, device }]);
      const period = periodOf(network, this.now);
      this.#ofNetworks.set(period, (this.#ofNetworks.get(period) ?? 0) + 1);
    } else if (kind === 'right') {
      this.#endedRefusals.set(`${username} ${network.address} ${environment}`, 0);
      for (const other of ENVIRONMENTS)
        if (other !== environment && !this.allows(username, network, undefined))
          this.#endedRefusals.set(
            `${username} ${network.address} ${other}`,
            this.now + SETTINGS.pair.seconds,
          );
      this.known.add(`${username} ${network.prefix}`);
      this.#inARow.delete(username);
      this.#failures = this.#failures.filter(
        (one) => one.username !== username || one.network.address !== network.address,
      );
    }
  }

  /** @param device undefined for the failures of all clients */
  #delayedUntil(username: string, device?: Device): number {
    let [count, until] = [0, 0];
    for (const one of this.#inARow.get(username) ?? []) {
      // A known network or device is allowed during a delay, and does not extend it.
      if ((device !== undefined && one.device !== device) || one.at < until) continue;
      count += 1;
      const extra = count - SETTINGS.accountFailures;
      if (extra >= 0) until = one.at + Math.min(30 * 2 ** extra, 3600);
    }
    return until;
  }
}

const periodOf = ({ address }: Network, now: number): string =>
  `${address} ${Math.floor(now / SETTINGS.network.seconds)}`;

/** Execution environments, each with its own cache of refusals. Their table is shared with other runs. */
interface Service {
  readonly run: number;
  readonly environments: readonly Throttle[];
}

class Attempt implements fc.AsyncCommand<Model, Service> {
  readonly #of: Claim;

  constructor(of: Claim) {
    this.#of = of;
  }

  check = () => true;

  async run(model: Model, { run, environments }: Service): Promise<void> {
    const { kind, username, network, device, environment } = this.#of;
    const isAllowed = model.allows(username, network, device);
    const attempt = environments[environment]?.attempt(
      // Each run has its own usernames and networks.
      { username: `${run} ${username}`, address: addressIn(run, network), device },
      {
        find: async () => undefined,
        recognize: () => ({ network: model.isKnown(username, network), device: isKnownDevice(device) }),
        check: async () => {
          if (kind === 'unavailable') throw new UnavailableError({});
          return kind === 'right' ? { kind, value: 'value' } : { kind, refusal: 'refusal' };
        },
      },
    );
    const result = await attempt?.catch((error: unknown) => {
      expect(error).toBeInstanceOf(UnavailableError);
      return undefined;
    });
    if (result?.kind === 'throttled' && model.mayRemember(this.#of) && !isKnownDevice(device)) return;
    if (isAllowed && kind === 'unavailable') {
      expect(result).toBeUndefined();
    } else {
      expect(result?.kind).toBe(isAllowed ? kind : 'throttled');
      if (result?.kind === 'right') await result.forget();
      if (result?.kind === 'throttled') {
        // Another limit may still apply afterwards, because an environment that knows of a full network checks no other
        // limit.
        expect(result.waitSeconds).toBeGreaterThan(0);
        expect(model.allows(username, network, device, model.now + result.waitSeconds - 1)).toBe(false);
      }
    }
    if (isAllowed) model.end(this.#of);
  }

  toString = () => JSON.stringify(this.#of);
}

class Wait implements fc.AsyncCommand<Model, Service> {
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  check = () => true;

  async run(model: Model): Promise<void> {
    model.now += this.#seconds;
  }

  toString = () => `wait ${this.#seconds} s`;
}

/** Maps an address to the /16 or /32 of a run, with the same neighbors. */
function addressIn(run: number, { address }: Network): string {
  if (address.includes(':')) return address.replace('2001:db8', `2001:${run.toString(16)}`);
  const [, , third, fourth] = address.split('.');
  return `${10 + (run >> 8)}.${run & 255}.${third}.${fourth}`;
}

let table: TestTable;
beforeAll(async () => {
  table = await createTestTable();
});
afterAll(() => table.remove());

describe('Throttle', () => {
  it(
    'allows and refuses the same attempts as the model, for owners and attackers on several networks',
    async () => {
      let runs = 0;
      const attempts = fc
        .record({
          kind: fc.oneof({ arbitrary: fc.constant<Kind>('wrong'), weight: 6 }, fc.constantFrom(...KINDS)),
          username: fc.constantFrom('owner', 'unknown'),
          network: fc.constantFrom(...NETWORKS),
          device: fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, fc.constantFrom(...DEVICES)),
          environment: fc.constantFrom(...ENVIRONMENTS),
        })
        .map((of) => new Attempt(of));
      const waits = fc.constantFrom(1, 16, 60, 240, 600, 900, 3600).map((seconds) => new Wait(seconds));
      const commands = fc.commands([attempts, attempts, attempts, attempts, waits], {
        size: '+1',
        maxCommands: 60,
      });
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          runs += 1;
          const model = new Model();
          const environment = () =>
            createThrottle({ table, settings: { throttle: SETTINGS }, clock: () => model.now * 1000 });
          const service = { run: runs, environments: ENVIRONMENTS.map(environment) };
          await fc.asyncModelRun(() => ({ model, real: service }), sequence);
        }),
        { numRuns: Math.ceil(RUNS / 100) },
      );
    },
    TIME_MS,
  );
});
