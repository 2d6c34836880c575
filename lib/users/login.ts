import { setTimeout as delay } from 'node:timers/promises';
import type { MonotonicClock } from '../clock.ts';
import { LoginRefusedError, ThrottledError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import { deviceIdOf, isKnownDevice, type KnownDevices } from '../sessions/known-device.ts';
import type { LoginSessions } from '../sessions/login-session.ts';
import type { SessionClient } from '../sessions/session.ts';
import type { Throttle } from '../throttling/throttle.ts';
import type { NamedAccount } from './account.ts';
import { isKnownNetwork, networksWith } from './known-networks.ts';
import { checkLogin, type Match, type PasswordChecker } from './password-check.ts';
import type { LoginStore } from './user.ts';

/** Whether the login replaced an old password hash. */
export type Upgrade = 'none' | 'replaced';

/** A successful login: the account, and the first token of the session. */
export interface OpenedLogin {
  readonly token: string;
  readonly account: NamedAccount;
  readonly upgrade: Upgrade;
}

export interface LoginDependencies {
  readonly users: LoginStore;
  readonly passwords: PasswordChecker;
  readonly sessions: LoginSessions;
  readonly devices: Pick<KnownDevices, 'find'>;
  readonly throttle: Pick<Throttle, 'attempt'>;
  /** The duration of a refused login is rounded up to a multiple of this, in milliseconds; 0 adds no delay. */
  readonly refusalStepMs: number;
  /** Called for each refused login. */
  readonly onRefused?: () => void | Promise<void>;
  /** Measures how long a refusal has taken. */
  readonly monotonicClock?: MonotonicClock;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
  /** Pauses between attempts to open a session while other writers change the account. */
  readonly retryTiming?: RetryTiming | undefined;
}

/** Logs users in by username and password. */
export class Login {
  readonly #dependencies: Required<LoginDependencies>;

  constructor(dependencies: LoginDependencies) {
    this.#dependencies = {
      monotonicClock: () => performance.now(),
      sleep: (ms) => delay(ms),
      onRefused: () => {},
      retryTiming: undefined,
      ...dependencies,
    };
  }

  /**
   * Logs a user in: adds a session to the account and, in the same write, replaces a hash that does not have the
   * current parameters. Checks the password with and without leading and trailing white space. All refusals take
   * equally long.
   *
   * @param presented a token from an earlier login of the client; any other text is ignored
   * @throws {LoginRefusedError}
   * @throws {ThrottledError} before any hash is computed
   * @throws {UnavailableError} if the account cannot be read, or there are too many write conflicts
   * @see OWASP ASVS 5.0, 6.3.8 (no user enumeration)
   */
  async login(
    { username, password }: { username: string; password: string },
    device: SessionClient,
    presented?: string,
  ): Promise<OpenedLogin> {
    const start = this.#dependencies.monotonicClock();
    try {
      return await this.#attempt(username, password, device, presented);
    } catch (error) {
      if (error instanceof LoginRefusedError) {
        await this.#dependencies.onRefused();
        await this.#delayRefusal(start);
      }
      throw error;
    }
  }

  async #attempt(
    username: string,
    password: string,
    device: SessionClient,
    presented: string | undefined,
  ): Promise<OpenedLogin> {
    const { users, devices, passwords, throttle } = this.#dependencies;
    const owner = await devices.find(presented, username);
    const attempt = await throttle.attempt(
      { username, address: device.address, device: owner && deviceIdOf(owner) },
      {
        find: () => users.findLogin(username),
        recognize: (record) => ({
          network: isKnownNetwork(record, device),
          device: isKnownDevice(record, owner),
        }),
        check: (record) => checkLogin(passwords, record, password),
      },
    );
    if (attempt.kind === 'throttled') throw new ThrottledError(attempt.waitSeconds);
    if (attempt.kind === 'wrong') throw attempt.refusal;
    const opened = this.#open(attempt.value, username, password, device);
    const forgotten = attempt.forget();
    await Promise.allSettled([opened, forgotten]);
    const login = await opened;
    await forgotten;
    return login;
  }

  async #open(checked: Match, username: string, sent: string, device: SessionClient): Promise<OpenedLogin> {
    const { users, sessions, passwords, retryTiming } = this.#dependencies;
    const session = sessions.begin(device);
    let { record } = checked;
    let hash = await this.#replacementOf(checked);
    let isContended = false;
    const opened = await retryOnConflict(async (attempt): Promise<OpenedLogin | undefined> => {
      if (attempt > 0) {
        isContended = true;
        const latest = await users.findLogin(username);
        if (latest?.account.isActive && [record.password, hash].includes(latest.password)) record = latest;
        else {
          const again = await checkLogin(passwords, latest, sent);
          if (again.kind === 'wrong') throw again.refusal;
          record = again.value.record;
          hash = await this.#replacementOf(again.value);
        }
      }
      const insert = session.planInsert(record, isContended);
      // The token is signed before the write: if signing fails, no session is stored.
      const { account } = record;
      const token = await session.issue(record);
      const isOpen =
        // If the response to the first write was lost, the retry recognizes its own session.
        record.sessions.has(session.sid) ||
        (await users.openForLogin(record, insert, { hash, knownNetworks: networksWith(record, device) }));
      return isOpen ? { token, account, upgrade: hash ? 'replaced' : 'none' } : undefined;
    }, retryTiming);
    if (isContended) {
      const find = () => users.findLogin(username);
      const evict: LoginStore['evict'] = (...evicted) => users.evict(...evicted);
      await session.evictSurplus({ find, evict }, retryTiming);
    }
    return opened;
  }

  /** Returns the hash that replaces one without the current parameters. */
  async #replacementOf({ record, password }: Match): Promise<string | undefined> {
    const { passwords } = this.#dependencies;
    return passwords.needsRehash(record.password) ? passwords.hash(password) : undefined;
  }

  async #delayRefusal(start: number): Promise<void> {
    const { refusalStepMs, monotonicClock, sleep } = this.#dependencies;
    if (refusalStepMs === 0) return;
    const elapsed = monotonicClock() - start;
    await sleep(Math.max(1, Math.ceil(elapsed / refusalStepMs)) * refusalStepMs - elapsed);
  }
}
