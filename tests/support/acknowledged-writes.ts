import type { Post } from '../../lib/posts/post.ts';
import type { User } from '../../lib/users/user.ts';

/** A value that was written, and whether the server acknowledged it. */
export interface Written<Value> {
  readonly value: Value;
  isAcknowledged: boolean;
}

/** A session, by the last token that the client received. The response with its successor may have been lost. */
export interface Chain {
  token: string;
}

/** The writes that a server acknowledged to its clients before it was killed. */
export class AcknowledgedWrites {
  readonly users: Written<User>[] = [];
  readonly posts: Written<Post>[] = [];
  /** Sessions that no request is using. */
  readonly chains: Chain[] = [];
  /** Tokens whose logout was answered. */
  readonly ended: string[] = [];
  /** Tokens whose logout was not. */
  readonly unsure: string[] = [];
  /** Names and passwords that open. */
  readonly logins: { username: string; password: string }[] = [];

  /** Writes something down before and after it is written. */
  async write<Value>(list: Written<Value>[], value: Value, work: () => Promise<void>): Promise<void> {
    const written = { value, isAcknowledged: false };
    list.push(written);
    await work();
    written.isAcknowledged = true;
  }

  /** Works on a session that nobody else works on, and keeps what is known of it whatever comes of the work. */
  async withChain(begin: () => Promise<string>, work: (chain: Chain) => Promise<void>): Promise<void> {
    const chain = this.chains.shift() ?? { token: await begin() };
    try {
      await work(chain);
    } finally {
      this.chains.push(chain);
    }
  }

  /** Ends a session by its token. */
  async end(token: string, revoke: (token: string) => Promise<void>): Promise<void> {
    this.unsure.push(token);
    await revoke(token);
    this.unsure.splice(this.unsure.indexOf(token), 1);
    this.ended.push(token);
  }
}
