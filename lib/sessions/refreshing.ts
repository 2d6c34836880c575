import { TokenError } from '../errors.ts';
import { type RetryTiming, retryOnConflict } from '../retry-on-conflict.ts';
import type { Tokens, TokenUser, VerifiedToken } from '../tokens/tokens.ts';
import { addBeyondLimit, makeRoom } from './making-room.ts';
import type {
  Device,
  Leaf,
  Session,
  SessionHolder,
  SessionRules,
  SessionStore,
  TokenState,
} from './session.ts';
import { newNonce } from './session-id.ts';
import { assertStanding, type PresentedToken, presentedToken, stateOf, whole } from './standing.ts';
import { evictSurplus } from './surplus-eviction.ts';

/** How long after a login its token is its own successor, in milliseconds. */
const MOMENT_MS = 1000;

export interface RefreshingDependencies {
  readonly tokens: Pick<Tokens, 'verifyForRefresh' | 'refreshRefusal' | 'issue'>;
  readonly sessions: Pick<
    SessionStore,
    'findState' | 'findHolder' | 'advance' | 'openForToken' | 'evict' | 'end'
  >;
  readonly rules: SessionRules;
  /** Is told of each token in other hands, once its session has ended. */
  readonly onReuse?: () => void | Promise<void>;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  readonly newNonce?: () => string;
  readonly retryTiming?: RetryTiming | undefined;
}

/** Who asks for a refresh. */
export interface RefreshClient extends Device {
  /** Digest of the `Idempotency-Key` it sent. */
  readonly idempotencyKey: string | undefined;
}

/** A refresh of one token, on its way. */
interface Refresh {
  readonly presented: PresentedToken;
  readonly originallyIssuedAt: number;
  readonly client: RefreshClient;
  /** The generation of the token. */
  readonly from: number;
  /** What the token's successor is signed with, if this refresh is the one that makes it; the e-mail is the account's. */
  readonly next: Omit<Leaf, 'email'>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Renews tokens. Every token has one successor: whoever asks again gets the same bytes, until the successor has itself
 * been refreshed. A token older than that in other hands is a copy, and ends the session.
 *
 * @see RFC 9700 §4.14.2 (refresh token rotation)
 */
export class Refreshing {
  readonly #dependencies: Required<RefreshingDependencies>;

  constructor(dependencies: RefreshingDependencies) {
    this.#dependencies = {
      clock: Date.now,
      newNonce,
      onReuse: () => {},
      retryTiming: undefined,
      ...dependencies,
    };
  }

  /**
   * Gives the successor of a token: `orig_iat` stays, `exp` starts anew, what the user no longer is goes.
   *
   * @throws {TokenError}
   * @throws {UnavailableError} if the table cannot be read or written, or other writers keep changing the session
   */
  async refresh(token: string, client: RefreshClient): Promise<{ token: string; userId: number }> {
    const { tokens, rules, clock, newNonce } = this.#dependencies;
    const verified = await tokens.verifyForRefresh(token);
    const presented = presentedToken(verified);
    const { userId } = presented;
    const refusal = tokens.refreshRefusal(verified);
    if (refusal !== undefined || verified.originallyIssuedAt === undefined) {
      // What is wrong with the user or the session is said first, as the original does.
      await this.#see(presented);
      throw refusal;
    }
    const at = clock();
    const refresh: Refresh = {
      presented,
      originallyIssuedAt: verified.originallyIssuedAt,
      client,
      from: verified.session?.generation ?? 0,
      next: { expiresAt: whole(Math.floor(at / 1000) + rules.lifetimeSeconds), nonce: newNonce() },
      at,
    };
    const isSame = await this.#isOfThisMoment(verified, refresh);
    return { token: isSame ? token : await this.#successor(refresh), userId };
  }

  async #successor(refresh: Refresh): Promise<string> {
    const { presented, from, next } = refresh;
    const { sessions, rules, retryTiming } = this.#dependencies;
    let isContended = false;
    const successor = await retryOnConflict(async (attempt) => {
      isContended = attempt > 0;
      // A Django-issued token may have no session yet; any other is expected to be the leaf of its session.
      const before = presented.isDjangos ? await this.#see(presented) : undefined;
      const stored = before?.session;
      if (isRefreshed(stored, from)) return this.#knownSuccessor(stored, refresh);
      const email =
        before?.holder !== undefined && stored === undefined
          ? await this.#open(before.holder, refresh, isContended)
          : await this.#advance(refresh);
      if (email !== undefined) return this.#sign(refresh, { ...next, email });
      // A repeated refresh is answered from this read, without a pause.
      const { session } = await this.#see(presented);
      return isRefreshed(session, from) ? this.#knownSuccessor(session, refresh) : undefined;
    }, retryTiming);
    if (isContended && presented.isDjangos) {
      const find = () => sessions.findHolder(presented.username);
      const evict: SessionStore['evict'] = (...evicted) => sessions.evict(...evicted);
      await evictSurplus({ find, evict }, rules, Math.floor(refresh.at / 1000), retryTiming);
    }
    return successor;
  }

  #advance({ presented, client, from, next, at }: Refresh): Promise<string | undefined> {
    const { username, userId, sid } = presented;
    const { idempotencyKey, address } = client;
    return this.#dependencies.sessions.advance({
      ...next,
      ...{ username, userId, sid, from, idempotencyKey, address, at },
    });
  }

  /** The successor that there is already, or the end of the session: the token was refreshed before. */
  async #knownSuccessor(session: Session, refresh: Refresh): Promise<string> {
    const { generation, leaf, previous } = session;
    const { presented, from, next } = refresh;
    const isLeaf = generation === from + 1;
    if (isLeaf && (leaf.nonce === next.nonce || this.#isRepeatable(session, refresh))) {
      return this.#sign(refresh, leaf);
    }
    // This very request's write, whose answer was lost, has already been built upon.
    if (generation === from + 2 && previous?.nonce === next.nonce) return this.#sign(refresh, previous);
    // A generation that the table has not seen: it was put back to an earlier time.
    if (generation < from) throw new TokenError('token_revoked');
    await this.#dependencies.sessions.end(presented.username, presented.userId, presented.sid);
    await this.#dependencies.onReuse();
    throw new TokenError('refresh_reuse');
  }

  /** Tells whether the successor may be given once more. A client that names its requests has to name this one the same. */
  #isRepeatable({ idempotencyKey, refreshedAt }: Session, { client, at }: Refresh): boolean {
    if (idempotencyKey !== client.idempotencyKey) return false;
    const { reuseSeconds } = this.#dependencies.rules;
    return (
      idempotencyKey !== undefined || reuseSeconds === undefined || at - refreshedAt <= reuseSeconds * 1000
    );
  }

  /**
   * Tells whether a login and its refresh came within a moment: the token is then its own successor, as the original
   * signs the same bytes for both.
   */
  async #isOfThisMoment(verified: VerifiedToken, { presented, next, at }: Refresh): Promise<boolean> {
    const isYoung = verified.session?.generation === 0 && next.expiresAt - verified.expiresAt <= 1;
    if (!isYoung) return false;
    const { account, session } = await this.#see(presented);
    return (
      session?.generation === 0 && at - session.createdAt < MOMENT_MS && session.leaf.email === account.email
    );
  }

  /**
   * Opens a session for a Django-issued token; its first leaf is the successor of the token. Returns the e-mail address
   * that is signed. After a conflict the session is added beyond the limit.
   */
  async #open(holder: SessionHolder, refresh: Refresh, isContended: boolean): Promise<string | undefined> {
    const { sessions, rules } = this.#dependencies;
    const { account } = holder;
    const { presented, next, client, originallyIssuedAt, at } = refresh;
    const session: Session = {
      generation: 1,
      createdAt: at,
      refreshedAt: at,
      refreshableUntil: whole(originallyIssuedAt + rules.refreshSeconds),
      leaf: { ...next, email: account.email },
      previous: undefined,
      ...client,
    };
    const plan = isContended ? addBeyondLimit : makeRoom;
    const opening = plan(holder, { sid: presented.sid, session }, rules, Math.floor(at / 1000));
    return (await sessions.openForToken(account, presented.loginAt, opening)) ? account.email : undefined;
  }

  #sign({ presented, originallyIssuedAt, from }: Refresh, leaf: Leaf): Promise<string> {
    const { userId: id, username, sid } = presented;
    const user: TokenUser = { id, username, email: leaf.email };
    const grant = { sid, generation: from + 1, expiresAt: leaf.expiresAt, originallyIssuedAt };
    return this.#dependencies.tokens.issue(user, grant);
  }

  /** Reads how the account stands to the token, whole where the token may have to become a session. @throws {TokenError} */
  async #see(
    presented: PresentedToken,
  ): Promise<TokenState & { readonly holder: SessionHolder | undefined }> {
    const { sessions } = this.#dependencies;
    const { username, sid, isDjangos } = presented;
    if (!isDjangos) {
      const state = await sessions.findState(username, sid);
      return { ...assertStanding(state, presented), holder: undefined };
    }
    const holder = await sessions.findHolder(username);
    return { ...assertStanding(holder && stateOf(holder, sid), presented), holder };
  }
}

/** Returns whether a token of a generation has a successor, or never was of the session. */
const isRefreshed = (session: Session | undefined, from: number): session is Session =>
  session !== undefined && session.generation !== from;
