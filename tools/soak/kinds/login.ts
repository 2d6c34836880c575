import { assertLogin, assertRefusal } from '../answers.ts';
import type { Person } from '../population.ts';
import { exchange, refusal, type Traffic } from './traffic.ts';

const PATH = '/api/token/';

/** A network has three hundred wrong passwords in a quarter of an hour; these are ninety. */
const WRONG_EVERY_MS = 10_000;
const CREDENTIALS = 'Unable to log in with provided credentials.';

/** Makes logins, and now and then one with a wrong password. */
export function createLogin(traffic: Traffic): () => Promise<void> {
  const { population, clock } = traffic;
  let wrongNext = clock() + WRONG_EVERY_MS;
  return async () => {
    const person = population.personToLogIn();
    if (clock() < wrongNext) return logIn(traffic, person);
    wrongNext = clock() + WRONG_EVERY_MS;
    const json = { username: person.username, password: `${person.password}?` };
    await exchange(
      traffic,
      'login',
      { path: PATH, variety: 'wrong password', json, isHeldBack: true },
      (answer) => assertRefusal(answer, refusal(CREDENTIALS)),
    );
  };
}

/** Logs somebody in, which may end the session that was unused longest. */
export async function logIn(traffic: Traffic, person: Person): Promise<void> {
  const { population, secret } = traffic;
  const { username, password } = person;
  person.isChanging = true;
  const fallen = population.makeRoom(person);
  const isRight = await exchange(
    traffic,
    'login',
    {
      path: PATH,
      variety: fallen ? 'another session falls out' : 'right password',
      json: { username, password },
    },
    (answer, span) => {
      population.opened(person, assertLogin(answer, person, span, secret), span);
    },
  );
  person.isChanging = false;
  if (!isRight) population.retire(person);
  else if (fallen !== undefined) population.ended(fallen);
}
