import { refusal, SENTENCES } from '../../kit/check.ts';
import { assertLogin } from '../answers.ts';
import type { Person } from '../population.ts';
import { exchange, exchangeRefused, type Traffic } from './traffic.ts';

/** The limit of a network is 300 wrong passwords in 15 minutes. At this interval there are 90. */
const WRONG_EVERY_MS = 10_000;

/** Makes logins, some of them with a wrong password. */
export function createLogin(traffic: Traffic): () => Promise<unknown> {
  const { population, clock } = traffic;
  let wrongNext = clock() + WRONG_EVERY_MS;
  return () => {
    const person = population.personToLogIn();
    if (clock() < wrongNext) return logIn(traffic, person);
    wrongNext = clock() + WRONG_EVERY_MS;
    const json = { username: person.username, password: `${person.password}?` };
    const expected = refusal(SENTENCES.credentials);
    return exchangeRefused(traffic, 'login', 'wrong password', { json, isHeldBack: true }, expected);
  };
}

/** Logs a person in. This may evict the session that was unused longest. */
export async function logIn(traffic: Traffic, person: Person): Promise<void> {
  const { population, secret } = traffic;
  const { username, password } = person;
  const evicted = population.makeRoom(person);
  const variety = evicted ? 'another session falls out' : 'right password';
  const isRight = await population.change(person, () =>
    exchange(traffic, 'login', variety, { json: { username, password } }, (answer, span) => {
      population.opened(person, assertLogin(answer, person, span, secret), span);
    }),
  );
  if (isRight && evicted !== undefined) population.ended(evicted);
}
