import { assertRefusal, assertToken } from '../answers.ts';
import { exchange, REVOKED, refusal, type Traffic } from './traffic.ts';

const PATH = '/api/token/verify/';
const SHARES = { tampered: 0.03, ended: 0.06 };
const TAMPERED = 'Error decoding signature.';

/** Makes verifications, some of a token that somebody has changed or whose session has ended. */
export function createVerify(traffic: Traffic): () => Promise<void> {
  const { population, random } = traffic;
  const refused = async (variety: string, token: string, sentence: string) => {
    await exchange(traffic, 'verify', { path: PATH, variety, json: { token } }, (answer) =>
      assertRefusal(answer, refusal(sentence)),
    );
  };
  return async () => {
    const chance = random();
    const ended = chance < SHARES.ended ? population.endedToken() : undefined;
    if (chance >= SHARES.tampered && ended !== undefined) return refused('ended session', ended, REVOKED);
    const session = population.sessionToRead();
    const { token } = session;
    if (chance < SHARES.tampered) return refused('changed token', tampered(token), TAMPERED);
    session.uses += 1;
    await exchange(traffic, 'verify', { path: PATH, variety: 'open session', json: { token } }, (answer) =>
      assertToken(answer, token),
    );
    session.uses -= 1;
  };
}

/** The token with another first character of its signature. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
