import type { Post } from '../../lib/posts/post.ts';
import type { User } from '../../lib/users/user.ts';

/** A value that was written, and whether the server acknowledged it. */
export interface Written<Value> {
  readonly value: Value;
  isAcknowledged: boolean;
}

/** A session, with the last token that the client received. The response with its successor may have been lost. */
export interface Chain {
  token: string;
}

/** The writes that a server acknowledged to its clients before it was killed. */
export class AcknowledgedWrites {
  readonly users: Written<User>[] = [];
  readonly posts: Written<Post>[] = [];
  /** Sessions that are not in use by a request. */
  readonly chains: Chain[] = [];
  /** Tokens whose logout was acknowledged. */
  readonly ended: string[] = [];
  /** Tokens whose logout was not acknowledged. */
  readonly unsure: string[] = [];
  /** Passwords by username. */
  readonly logins: { username: string; password: string }[] = [];

  /** Records a write before it is sent and after it is acknowledged. */
  async write<Value>(list: Written<Value>[], value: Value, work: () => Promise<void>): Promise<void> {
    const written = { value, isAcknowledged: false };
    list.push(written);
    await work();
    written.isAcknowledged = true;
  }

  /** Runs work on a session that is not in use, and records the latest known token even if the work fails. */
  async withChain(begin: () => Promise<string>, work: (chain: Chain) => Promise<void>): Promise<void> {
    const chain = this.chains.shift() ?? { token: await begin() };
    try {
      await work(chain);
    } finally {
      this.chains.push(chain);
    }
  }

  /** Ends a session with its token. */
  async end(token: string, revoke: (token: string) => Promise<void>): Promise<void> {
    this.unsure.push(token);
    await revoke(token);
    this.unsure.splice(this.unsure.indexOf(token), 1);
    this.ended.push(token);
  }
}
