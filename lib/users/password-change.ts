import { InputError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import { assertStandingHolder, keptSession } from '../sessions/own-sessions.ts';
import type { Device, SessionRules } from '../sessions/session.ts';
import type { PresentedToken } from '../sessions/standing.ts';
import type { Throttle } from '../throttling/throttle.ts';
import { isKnownPlace, type PasswordChecker } from './login.ts';
import { checkForms } from './password-forms.ts';
import type { LoginRecord, LoginStore } from './user.ts';

/** What judges new passwords. */
export interface PasswordJudge {
  /** What is wrong with a password, in sentences for its owner; nothing where it may be used. */
  problemsOf(password: string, context: { username: string; email: string }): Promise<readonly string[]>;
}

export interface PasswordChangeDependencies {
  readonly users: LoginStore;
  readonly passwords: Pick<PasswordChecker, 'verify' | 'hash'>;
  readonly policy: PasswordJudge;
  readonly throttle: Pick<Throttle, 'reserve'>;
  readonly rules: Pick<SessionRules, 'refreshSeconds'>;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly retryTiming?: RetryTiming | undefined;
}

/** Changes passwords, for their owners. */
export class PasswordChange {
  readonly #dependencies: Required<PasswordChangeDependencies>;

  constructor(dependencies: PasswordChangeDependencies) {
    this.#dependencies = { clock: Date.now, retryTiming: undefined, ...dependencies };
  }

  /**
   * Replaces a password and, in the same write, ends every session but the caller's, and every token of Django's. The
   * current password is checked in the forms of a login; the new one is stored as it is.
   *
   * @throws {InputError} `current_password` is wrong, `new_password` may not be used
   * @throws {ThrottledError} wrong passwords count as those of logins do
   * @throws {TokenError} the caller's session has ended since
   * @throws {UnavailableError} if the account cannot be read, or other writers keep changing it
   * @see OWASP ASVS 5.0, 6.2.3 (the current password is asked for), 7.4.3 (other sessions end)
   */
  async change(
    caller: PresentedToken,
    { current, replacement }: { current: string; replacement: string },
    device: Device,
  ): Promise<void> {
    const { users, throttle, policy, passwords, rules, clock, retryTiming } = this.#dependencies;
    const { username } = caller;
    const find = async () => assertStandingHolder(await users.findLogin(username), caller);
    let record = await find();
    const reservation = await throttle.reserve(username, device.address);
    try {
      await reservation.admit(isKnownPlace(record, device));
      await this.#assertMatch(record, current);
    } catch (error) {
      if (!(error instanceof InputError)) await reservation.released();
      throw error;
    }
    await reservation.succeeded();
    const problems = await policy.problemsOf(replacement, record.account);
    if (problems.length > 0) throw new InputError({ new_password: problems });
    const hash = await passwords.hash(replacement);
    await retryOnConflict(async (attempt) => {
      if (attempt > 0) {
        const latest = await find();
        // If the response to the first attempt was lost, the retry recognises its own hash, which is salted.
        if (latest.password === hash) return true;
        if (latest.password !== record.password) await this.#assertMatch(latest, current);
        record = latest;
      }
      const now = clock();
      const kept = keptSession(record, caller, rules, now);
      const isChanged = await users.changePassword(record, hash, kept, Math.floor(now / 1000));
      return isChanged || undefined;
    }, retryTiming);
  }

  /** @throws {InputError} */
  async #assertMatch({ password: hash }: LoginRecord, sent: string): Promise<void> {
    const { check } = await checkForms(this.#dependencies.passwords, hash, sent);
    if (check !== 'match') throw new InputError({ current_password: ['Invalid password.'] });
  }
}
