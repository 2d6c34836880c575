import { refusal, SENTENCES } from '../../kit/check.ts';
import type { OpenSession } from '../population.ts';
import { assertSuccessor, assertToken } from '../responses.ts';
import { exchange, exchangeRejected, type Traffic } from './traffic.ts';

/** Until this time after the login, a refresh returns the same token (docs/decisions/006-refresh-within-a-second-of-the-login.md). */
const SAME_TOKEN_MS = 1000;
/** The maximum difference between the clocks of client and server. */
const CLOCK_DIFFERENCE_MS = 2;
/** The upper bounds of the random number for each variety. */
const SHARES = { copy: 0.02, again: 0.1, twice: 0.2 };

/** Creates a function that refreshes the current token, once or twice concurrently, the previous token, or an older copy. */
export function createRefresh(traffic: Traffic): () => Promise<unknown> {
  const { population, random, deck } = traffic;
  return () => {
    const session = population.sessionToRefresh();
    const chance = random();
    return population.change(session.person, () => {
      if (chance < SHARES.copy && session.copy !== undefined && session.uses === 0)
        return refreshCopy(traffic, session, session.copy);
      if (chance < SHARES.again && session.predecessor !== undefined)
        return refreshAgain(traffic, session, session.predecessor);
      if (chance < SHARES.twice && isPastSameToken(session) && deck.drawAnother('refresh'))
        return refreshTwice(traffic, session);
      return refreshOnce(traffic, session);
    });
  };
}

function refreshOnce(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { token, claims, opened } = session;
  return exchange(traffic, 'refresh', 'current token', { json: { token } }, (response, span) => {
    const isYoung = claims.gen === 0 && span.sent - opened.received <= SAME_TOKEN_MS + CLOCK_DIFFERENCE_MS;
    const isSurelyYoung =
      claims.gen === 0 && span.received - opened.sent < SAME_TOKEN_MS - CLOCK_DIFFERENCE_MS;
    if (isSurelyYoung || (isYoung && isItself(response.body, token))) assertToken(response, token);
    else traffic.population.refreshed(session, assertSuccessor(response, claims, span, traffic.secret));
  });
}

/** Two concurrent requests receive the same successor. */
async function refreshTwice(traffic: Traffic, session: OpenSession): Promise<boolean> {
  const { token, claims } = session;
  let successor: string | undefined;
  const one = () =>
    exchange(
      traffic,
      'refresh',
      'current token, twice concurrently',
      { json: { token } },
      (response, span) => {
        if (successor !== undefined) return assertToken(response, successor);
        const issued = assertSuccessor(response, claims, span, traffic.secret);
        successor = issued.token;
        traffic.population.refreshed(session, issued);
      },
    );
  return (await Promise.all([one(), one()])).every(Boolean);
}

/** A client that lost the response sends the same token again. The successor is the same, even days later. */
const refreshAgain = (traffic: Traffic, { token }: OpenSession, predecessor: string): Promise<boolean> =>
  exchange(traffic, 'refresh', 'previous token', { json: { token: predecessor } }, (response) =>
    assertToken(response, token),
  );

/** An older token may be a stolen copy, so the service ends the session. */
async function refreshCopy(traffic: Traffic, session: OpenSession, token: string): Promise<boolean> {
  const { population } = traffic;
  population.remove(session);
  const expected = refusal(SENTENCES.revoked);
  const isCorrect = await exchangeRejected(traffic, 'refresh', 'older token', { json: { token } }, expected);
  if (isCorrect) population.ended(session);
  return isCorrect;
}

const isPastSameToken = ({ claims, opened }: OpenSession): boolean =>
  claims.gen > 0 || Date.now() - opened.received > SAME_TOKEN_MS + CLOCK_DIFFERENCE_MS;

const isItself = (body: unknown, token: string): boolean =>
  typeof body === 'object' && body !== null && 'token' in body && body.token === token;
