import { oneOf, type Random } from './random.ts';
import type { Claims, IssuedToken, Owner, Span } from './responses.ts';

/** The maximum number of sessions of a user. The service evicts the least recently used one. */
export const SESSIONS_PER_PERSON = 20;
/** The first people log in frequently, with this share of all logins, so that sessions are evicted. */
export const FREQUENT = { people: 3, share: 0.4 };
const MAX_ENDED = 100;
const MAX_TRIES = 1000;

/** A user and the expected sessions. */
export interface Person extends Owner {
  readonly password: string;
  /** Open sessions, the least recently used first. The service evicts them in this order. */
  readonly sessions: OpenSession[];
  /** Whether a pending request changes the sessions. Only one may at a time, or their order would be unknown. */
  isChanging: boolean;
}

/** The expected state of an open session. */
export interface OpenSession {
  readonly person: Person;
  /** The request that opened it. */
  readonly opened: Span;
  token: string;
  claims: Claims;
  /** The previous token. A refresh of it returns the current token. */
  predecessor: string | undefined;
  /** The token before that. The service treats a refresh of it as a stolen copy. */
  copy: string | undefined;
  /** The number of pending requests that need the session to stay open. */
  uses: number;
}

/** The users and their expected sessions. */
export class Population {
  readonly #people: readonly Person[];
  readonly #random: Random;
  readonly #open: OpenSession[] = [];
  readonly #ended: string[] = [];

  constructor(people: readonly Person[], random: Random) {
    this.#people = people;
    this.#random = random;
  }

  /** Finds a person whose login does not affect a pending request. */
  personToLogIn(): Person {
    return this.#find(() => {
      const isFrequent = this.#random() < FREQUENT.share;
      return isFrequent ? this.#people.slice(0, FREQUENT.people) : this.#people;
    }, isFree);
  }

  /** Finds an open session. */
  sessionToRead(): OpenSession {
    return this.#find(() => this.#open);
  }

  /** Finds an open session of a person without a pending request that changes sessions. */
  sessionToRefresh(): OpenSession {
    return this.#find(() => this.#open, isUnchanging);
  }

  /** Returns a token of an ended session, or undefined if there is none. */
  endedToken(): string | undefined {
    return oneOf(this.#ended, this.#random);
  }

  /** Removes and returns the session that a login will evict, so that no request uses it. */
  takeEvicted({ sessions }: Person): OpenSession | undefined {
    const oldest = sessions.length < SESSIONS_PER_PERSON ? undefined : sessions[0];
    if (oldest !== undefined) this.remove(oldest);
    return oldest;
  }

  /** Adds the session of a login. */
  opened(person: Person, { token, claims }: IssuedToken, opened: Span): OpenSession {
    const session = { person, opened, token, claims, predecessor: undefined, copy: undefined, uses: 0 };
    person.sessions.push(session);
    this.#open.push(session);
    return session;
  }

  /** Records that a session has a new token and is the most recently used. */
  refreshed(session: OpenSession, { token, claims }: IssuedToken): void {
    const { sessions } = session.person;
    sessions.splice(sessions.indexOf(session), 1);
    sessions.push(session);
    session.copy = session.predecessor;
    session.predecessor = session.token;
    session.token = token;
    session.claims = claims;
  }

  /** Removes a session that is about to end. */
  remove(session: OpenSession): void {
    const { sessions } = session.person;
    sessions.splice(sessions.indexOf(session), 1);
    this.#open.splice(this.#open.indexOf(session), 1);
  }

  /** Records that a removed session has ended. */
  ended({ token }: OpenSession): void {
    this.#ended.push(token);
    if (this.#ended.length > MAX_ENDED) this.#ended.shift();
  }

  /** Sends a request that needs a session to stay open. */
  async use(session: OpenSession, request: (session: OpenSession) => Promise<unknown>): Promise<void> {
    session.uses += 1;
    await request(session);
    session.uses -= 1;
  }

  /** Sends a request that changes the sessions of a person. After a wrong response, their state is unknown. */
  async change(person: Person, request: () => Promise<boolean>): Promise<boolean> {
    person.isChanging = true;
    const isCorrect = await request();
    if (isCorrect) person.isChanging = false;
    else for (const session of [...person.sessions]) this.remove(session);
    return isCorrect;
  }

  #find<Item>(candidates: () => readonly Item[], isSuitable = (_: Item) => true): Item {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const found = oneOf(candidates(), this.#random);
      if (found !== undefined && isSuitable(found)) return found;
    }
    throw new Error('too few people or sessions are left');
  }
}

const isUnchanging = ({ person }: OpenSession): boolean => !person.isChanging;

/** Returns whether a login does not evict a session that a pending request uses. */
const isFree = ({ isChanging, sessions }: Person): boolean =>
  !isChanging && (sessions.length < SESSIONS_PER_PERSON || sessions[0]?.uses === 0);
