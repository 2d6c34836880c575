import type { Clock } from '../clock.ts';
import { InputError, ThrottledError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import { deviceIdOf } from '../sessions/known-device.ts';
import type { Device, SessionRules } from '../sessions/session.ts';
import { newNonce } from '../sessions/session-id.ts';
import { planEndOthers } from '../sessions/session-machine.ts';
import { assertSessionActive, type Principal } from '../sessions/token-validity.ts';
import type { Checked, Throttle } from '../throttling/throttle.ts';
import { isKnownNetwork } from './known-networks.ts';
import { checkForms, type PasswordChecker } from './password-check.ts';
import type { LoginRecord, LoginStore } from './user.ts';

/** Checks new passwords against the rules. */
export interface PasswordJudge {
  /** Returns the rules that a password breaks, as messages for the user. */
  problemsOf(password: string, context: { username: string; email: string }): Promise<readonly string[]>;
}

export interface PasswordChangeDependencies {
  readonly users: LoginStore;
  readonly passwords: Pick<PasswordChecker, 'verify' | 'hash'>;
  readonly policy: PasswordJudge;
  readonly throttle: Pick<Throttle, 'attempt'>;
  readonly rules: Pick<SessionRules, 'refreshSeconds'>;
  readonly clock: Clock;
  readonly retryTiming?: RetryTiming | undefined;
}

/** Changes the password of a caller. */
export class PasswordChange {
  readonly #dependencies: Required<PasswordChangeDependencies>;

  constructor(dependencies: PasswordChangeDependencies) {
    this.#dependencies = { retryTiming: undefined, ...dependencies };
  }

  /**
   * Replaces a password and, in the same write, ends all sessions except the caller's and revokes tokens issued by
   * Django. Checks the current password as a login does, and keeps the white space of the new one.
   *
   * @throws {InputError} if `current_password` is wrong, or `new_password` breaks a rule
   * @throws {ThrottledError} wrong passwords are counted together with those of logins
   * @throws {TokenError} if the caller's session has ended
   * @throws {UnavailableError} if the account cannot be read, or there are too many write conflicts
   * @see OWASP ASVS 5.0, 6.2.3 (the current password is required), 7.4.3 (other sessions end)
   */
  async change(
    caller: Principal,
    { current, replacement }: { current: string; replacement: string },
    device: Device,
  ): Promise<void> {
    const { users, throttle } = this.#dependencies;
    const { username } = caller;
    const attempt = await throttle.attempt(
      { username, address: device.address, device: deviceIdOf(caller) },
      {
        find: async () => assertSessionActive(await users.findLogin(username), caller),
        // The caller's session has not ended.
        recognize: (record) => ({ network: isKnownNetwork(record, device), device: true }),
        check: (record) => this.#check(record, current),
      },
    );
    if (attempt.kind === 'throttled') throw new ThrottledError(attempt.waitSeconds);
    if (attempt.kind === 'wrong') throw attempt.refusal;
    const changed = this.#replace(attempt.value, caller, { current, replacement });
    const forgotten = attempt.forget();
    await Promise.allSettled([changed, forgotten]);
    await changed;
    await forgotten;
  }

  async #replace(
    checked: LoginRecord,
    caller: Principal,
    { current, replacement }: { current: string; replacement: string },
  ): Promise<void> {
    const { users, policy, passwords, rules, clock, retryTiming } = this.#dependencies;
    const problems = await policy.problemsOf(replacement, checked.account);
    if (problems.length > 0) throw new InputError({ new_password: problems });
    // The characters may be typed in another form at the next login (NIST SP 800-63B-4 §3.1.1.2).
    const hash = await passwords.hash(replacement.normalize('NFC'));
    let record = checked;
    await retryOnConflict(async (attempt) => {
      if (attempt > 0) {
        const latest = assertSessionActive(await users.findLogin(caller.username), caller);
        // If the response to the first attempt was lost, the retry recognizes its own hash, which is salted.
        if (latest.password === hash) return true;
        if (latest.password !== record.password) await this.#assertMatch(latest, current);
        record = latest;
      }
      const change = planEndOthers(record, caller, rules, clock(), newNonce());
      return (await users.changePassword(record, hash, change)) || undefined;
    }, retryTiming);
  }

  /** @throws {InputError} */
  async #assertMatch(record: LoginRecord, sent: string): Promise<void> {
    const checked = await this.#check(record, sent);
    if (checked.kind === 'wrong') throw checked.refusal;
  }

  async #check(record: LoginRecord, sent: string): Promise<Checked<LoginRecord, InputError>> {
    const { check } = await checkForms(this.#dependencies.passwords, record.password, sent);
    return check === 'match'
      ? { kind: 'right', value: record }
      : { kind: 'wrong', refusal: new InputError({ current_password: ['Invalid password.'] }) };
  }
}
