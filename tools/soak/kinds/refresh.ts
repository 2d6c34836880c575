import { refusal, SENTENCES } from '../../kit/check.ts';
import { assertSuccessor, assertToken } from '../answers.ts';
import type { OpenSession } from '../population.ts';
import { exchange, exchangeRefused, type Traffic } from './traffic.ts';

/** Within this time after its login a token is its own successor (docs/decisions/006-refresh-within-a-second-of-the-login.md). */
const MOMENT_MS = 1000;
/** The largest difference between two clocks that count the same milliseconds. */
const BLUR_MS = 2;
/** Up to which random number a variety is drawn. */
const SHARES = { copy: 0.02, again: 0.1, twice: 0.2 };

/** Makes refreshes: of the newest token, once or twice at the same time; of the token before it; and of an older copy. */
export function createRefresh(traffic: Traffic): () => Promise<unknown> {
  const { population, random, deck, clock } = traffic;
  return () => {
    const session = population.sessionToRefresh();
    const chance = random();
    return population.change(session.person, () => {
      if (chance < SHARES.copy && session.copy !== undefined && session.uses === 0)
        return refreshCopy(traffic, session, session.copy);
      if (chance < SHARES.again && session.predecessor !== undefined)
        return refreshAgain(traffic, session, session.predecessor);
      if (chance < SHARES.twice && isPastMoment(session, clock()) && deck.drawAnother('refresh'))
        return refreshTwice(traffic, session);
      return refreshOnce(traffic, session);
    });
  };
}

function refreshOnce(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { token, claims, opened } = session;
  return exchange(traffic, 'refresh', 'newest token', { json: { token } }, (answer, span) => {
    const isYoung = claims.gen === 0 && span.sent - opened.received <= MOMENT_MS + BLUR_MS;
    const isSurelyYoung = claims.gen === 0 && span.received - opened.sent < MOMENT_MS - BLUR_MS;
    if (isSurelyYoung || (isYoung && isItself(answer.body, token))) assertToken(answer, token);
    else traffic.population.refreshed(session, assertSuccessor(answer, claims, span, traffic.secret));
  });
}

/** Two requests at the same time get the same successor. */
async function refreshTwice(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { token, claims } = session;
  let successor: string | undefined;
  const one = () =>
    exchange(traffic, 'refresh', 'newest token, by two', { json: { token } }, (answer, span) => {
      if (successor !== undefined) return assertToken(answer, successor);
      const issued = assertSuccessor(answer, claims, span, traffic.secret);
      successor = issued.token;
      traffic.population.refreshed(session, issued);
    });
  return (await Promise.all([one(), one()])).every(Boolean);
}

/** A client whose response was lost asks again: the same token has the same successor, days later too. */
const refreshAgain = (traffic: Traffic, { token }: OpenSession, predecessor: string): Promise<boolean> =>
  exchange(traffic, 'refresh', 'token before it', { json: { token: predecessor } }, (answer) =>
    assertToken(answer, token),
  );

/** An older token is a copy, so the session ends. */
async function refreshCopy(traffic: Traffic, session: OpenSession, token: string): Promise<boolean> {
  const { population } = traffic;
  population.takeOut(session);
  const expected = refusal(SENTENCES.revoked);
  const isRight = await exchangeRefused(traffic, 'refresh', 'older token', { json: { token } }, expected);
  if (isRight) population.ended(session);
  return isRight;
}

const isPastMoment = ({ claims, opened }: OpenSession, now: number): boolean =>
  claims.gen > 0 || now - opened.received > MOMENT_MS + BLUR_MS;

const isItself = (body: unknown, token: string): boolean =>
  typeof body === 'object' && body !== null && 'token' in body && body.token === token;
