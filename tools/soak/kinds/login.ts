import { refusal, SENTENCES } from '../../kit/check.ts';
import type { Person } from '../population.ts';
import { assertLogin } from '../responses.ts';
import { exchange, exchangeRejected, type Traffic } from './traffic.ts';

/** A network may send 300 wrong passwords in 15 minutes. This interval results in 90. */
const WRONG_EVERY_MS = 10_000;

/** Creates a function that sends a login, sometimes with a wrong password. */
export function createLogin(traffic: Traffic): () => Promise<unknown> {
  const { population } = traffic;
  let nextWrongAt = Date.now() + WRONG_EVERY_MS;
  return () => {
    const person = population.personToLogIn();
    if (Date.now() < nextWrongAt) return logIn(traffic, person);
    nextWrongAt = Date.now() + WRONG_EVERY_MS;
    const json = { username: person.username, password: `${person.password}?` };
    const expected = refusal(SENTENCES.credentials);
    return exchangeRejected(traffic, 'login', 'wrong password', { json, isDelayed: true }, expected);
  };
}

/** Logs a person in. This may evict the least recently used session. */
export async function logIn(traffic: Traffic, person: Person): Promise<void> {
  const { population, secret } = traffic;
  const { username, password } = person;
  const evicted = population.takeEvicted(person);
  const variety = evicted ? 'evicts a session' : 'right password';
  const isCorrect = await population.change(person, () =>
    exchange(traffic, 'login', variety, { json: { username, password } }, (response, span) => {
      population.opened(person, assertLogin(response, person, span, secret), span);
    }),
  );
  if (isCorrect && evicted !== undefined) population.ended(evicted);
}
