import type { Claims, Issued, Owner, Span } from './answers.ts';
import { oneOf, type Random } from './random.ts';

/** As many sessions as a user may have; the one longest unused makes room. */
export const SESSIONS_PER_PERSON = 20;
/** Who logs in from one place after the other, so that sessions fall out: the first ones, with a share of all logins. */
export const FREQUENT = { people: 3, share: 0.4 };
const REMEMBERED = 100;
const TRIES = 1000;

/** Somebody who has an account. */
export interface Person extends Owner {
  readonly password: string;
  /** Open ones, the longest unused first, which is the order that they fall out in. */
  readonly sessions: OpenSession[];
  /** Whether a request is on its way that changes the sessions: one at a time, or their order would not be known. */
  isChanging: boolean;
}

/** A session as it has to be on the server. */
export interface OpenSession {
  readonly person: Person;
  /** The request that opened it. */
  readonly opened: Span;
  token: string;
  claims: Claims;
  /** The token before, which still has this one as its successor. */
  predecessor: string | undefined;
  /** The one before that: whoever refreshes it holds a copy. */
  copy: string | undefined;
  /** Requests on their way that need it open. */
  uses: number;
}

/** Who there is, and which of their sessions are open: what the answers have to agree with. */
export class Population {
  readonly #people: readonly Person[];
  readonly #random: Random;
  readonly #open: OpenSession[] = [];
  readonly #ended: string[] = [];

  constructor(people: readonly Person[], random: Random) {
    this.#people = people;
    this.#random = random;
  }

  /** Finds somebody whose login touches nothing that is on its way. */
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

  /** Finds an open session whose owner has nothing else on the way that changes sessions. */
  sessionToRefresh(): OpenSession {
    return this.#find(() => this.#open, isUnchanging);
  }

  /** A token whose session has ended, if there is one yet. */
  endedToken(): string | undefined {
    return oneOf(this.#ended, this.#random);
  }

  /** Takes the session out that a login will end, if it will; nobody is to use it from now on. */
  makeRoom({ sessions }: Person): OpenSession | undefined {
    const oldest = sessions.length < SESSIONS_PER_PERSON ? undefined : sessions[0];
    if (oldest !== undefined) this.takeOut(oldest);
    return oldest;
  }

  /** A login has opened a session. */
  opened(person: Person, { token, claims }: Issued, opened: Span): OpenSession {
    const session = { person, opened, token, claims, predecessor: undefined, copy: undefined, uses: 0 };
    person.sessions.push(session);
    this.#open.push(session);
    return session;
  }

  /** A session has another token, and is the one used last. */
  refreshed(session: OpenSession, { token, claims }: Issued): void {
    const { sessions } = session.person;
    sessions.splice(sessions.indexOf(session), 1);
    sessions.push(session);
    session.copy = session.predecessor;
    session.predecessor = session.token;
    session.token = token;
    session.claims = claims;
  }

  /** Takes a session out that is about to end. */
  takeOut(session: OpenSession): void {
    const { sessions } = session.person;
    sessions.splice(sessions.indexOf(session), 1);
    this.#open.splice(this.#open.indexOf(session), 1);
  }

  /** A session that was taken out has ended. */
  ended({ token }: OpenSession): void {
    this.#ended.push(token);
    if (this.#ended.length > REMEMBERED) this.#ended.shift();
  }

  /** Makes a request that needs a session to be open. */
  async use(session: OpenSession, request: (session: OpenSession) => Promise<unknown>): Promise<void> {
    session.uses += 1;
    await request(session);
    session.uses -= 1;
  }

  /** Makes a request that changes sessions of a person. After a wrong answer, what is right for that person is unknown. */
  async change(person: Person, request: () => Promise<boolean>): Promise<boolean> {
    person.isChanging = true;
    const isRight = await request();
    if (isRight) person.isChanging = false;
    else for (const session of [...person.sessions]) this.takeOut(session);
    return isRight;
  }

  #find<Item>(candidates: () => readonly Item[], isFit = (_: Item) => true): Item {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const found = oneOf(candidates(), this.#random);
      if (found !== undefined && isFit(found)) return found;
    }
    throw new Error('too few people or sessions are left to go on');
  }
}

const isUnchanging = ({ person }: OpenSession): boolean => !person.isChanging;

/** Tells whether a login now ends no session that somebody is using. */
const isFree = ({ isChanging, sessions }: Person): boolean =>
  !isChanging && (sessions.length < SESSIONS_PER_PERSON || sessions[0]?.uses === 0);
