import type { Tokens } from '../tokens/tokens.ts';
import type { Account } from '../users/user.ts';
import { makeRoom } from './making-room.ts';
import type { Device, Opening, Session, SessionHolder, SessionRules } from './session.ts';
import { newNonce, newSid } from './session-id.ts';
import { whole } from './standing.ts';

export interface LoginSessionDependencies {
  readonly tokens: Pick<Tokens, 'issue'>;
  readonly rules: SessionRules;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
}

/** The session of a login that is not stored yet. */
export interface LoginSession {
  readonly sid: string;
  /** Plans how it comes to the sessions that the account has. */
  openingFor(holder: SessionHolder): Opening;
  /** Issues its first token. */
  issue(account: Account): Promise<string>;
}

/** Begins sessions, one for each login. */
export class LoginSessions {
  readonly #dependencies: Required<LoginSessionDependencies>;

  constructor(dependencies: LoginSessionDependencies) {
    this.#dependencies = { clock: Date.now, ...dependencies };
  }

  /** Begins the session of a login that happens now. */
  begin(device: Device): LoginSession {
    const { tokens, rules, clock } = this.#dependencies;
    const [sid, nonce, at] = [newSid(), newNonce(), clock()];
    const loginAt = Math.floor(at / 1000);
    const expiresAt = whole(loginAt + rules.lifetimeSeconds);
    return {
      sid,
      openingFor: (holder) => {
        const session: Session = {
          generation: 0,
          createdAt: at,
          refreshedAt: at,
          refreshableUntil: whole(loginAt + rules.refreshSeconds),
          leaf: { expiresAt, nonce, email: holder.account.email },
          previous: undefined,
          idempotencyKey: undefined,
          ...device,
        };
        return makeRoom(holder, { sid, session }, rules, loginAt);
      },
      issue: (account) => {
        const originallyIssuedAt = rules.allowRefresh ? loginAt : undefined;
        return tokens.issue(account, { sid, generation: 0, expiresAt, originallyIssuedAt });
      },
    };
  }
}
