import { assertRefusal, assertSuccessor, assertToken } from '../answers.ts';
import type { OpenSession } from '../population.ts';
import { exchange, REVOKED, refusal, type Traffic } from './traffic.ts';

const PATH = '/api/token/refresh/';

/** Within this of its login a token is its own successor (docs/decisions/006-the-same-token-within-a-second.md). */
const MOMENT_MS = 1000;
/** How far apart two clocks that count the same milliseconds may be. */
const BLUR_MS = 2;
const SHARES = { twice: 0.2, again: 0.1, copy: 0.02 };

/** Makes refreshes: by one, by two at once, once more with the same token, and by somebody who holds a copy. */
export function createRefresh(traffic: Traffic): () => Promise<void> {
  const { population, random, deck, clock } = traffic;
  return async () => {
    const session = population.sessionToRefresh();
    const { person } = session;
    person.isChanging = true;
    const chance = random();
    let isRight: boolean;
    if (chance < SHARES.copy && session.copy !== undefined && session.uses === 0)
      isRight = await refreshCopy(traffic, session, session.copy);
    else if (chance < SHARES.again && session.predecessor !== undefined)
      isRight = await refreshAgain(traffic, session, session.predecessor);
    else if (chance < SHARES.twice && isPastMoment(session, clock()) && deck.drawAnother('refresh'))
      isRight = await refreshTwice(traffic, session);
    else isRight = await refreshOnce(traffic, session);
    person.isChanging = false;
    if (!isRight) population.retire(person);
  };
}

async function refreshOnce(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { population, secret } = traffic;
  const { token, claims, opened } = session;
  return exchange(
    traffic,
    'refresh',
    { path: PATH, variety: 'newest token', json: { token } },
    (answer, span) => {
      const isYoung = claims.gen === 0 && span.sent - opened.received <= MOMENT_MS + BLUR_MS;
      const isSurelyYoung = claims.gen === 0 && span.received - opened.sent < MOMENT_MS - BLUR_MS;
      if (isSurelyYoung || (isYoung && isItself(answer.body, token))) assertToken(answer, token);
      else population.refreshed(session, assertSuccessor(answer, claims, span, secret));
    },
  );
}

/** Two ask at once: both get the same successor. */
async function refreshTwice(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { population, secret } = traffic;
  const { token, claims } = session;
  let successor: string | undefined;
  const one = () =>
    exchange(
      traffic,
      'refresh',
      { path: PATH, variety: 'newest token, by two', json: { token } },
      (answer, span) => {
        if (successor !== undefined) return assertToken(answer, successor);
        const issued = assertSuccessor(answer, claims, span, secret);
        successor = issued.token;
        population.refreshed(session, issued);
      },
    );
  return (await Promise.all([one(), one()])).every(Boolean);
}

/** The answer was lost, say: the same token has the same successor, days later too. */
const refreshAgain = (traffic: Traffic, { token }: OpenSession, predecessor: string): Promise<boolean> =>
  exchange(
    traffic,
    'refresh',
    { path: PATH, variety: 'token before it', json: { token: predecessor } },
    (answer) => assertToken(answer, token),
  );

/** A token that is older than that is a copy: the session ends. */
async function refreshCopy(traffic: Traffic, session: OpenSession, copy: string): Promise<boolean> {
  const { population } = traffic;
  population.takeOut(session);
  return exchange(
    traffic,
    'refresh',
    { path: PATH, variety: 'older token', json: { token: copy } },
    (answer) => {
      assertRefusal(answer, refusal(REVOKED));
      population.ended(session);
    },
  );
}

const isPastMoment = ({ claims, opened }: OpenSession, now: number): boolean =>
  claims.gen > 0 || now - opened.received > MOMENT_MS + BLUR_MS;

const isItself = (body: unknown, token: string): boolean =>
  typeof body === 'object' && body !== null && 'token' in body && body.token === token;
