import { refusal, SENTENCES, unauthorized } from '../../kit/check.ts';
import { assertPosts, assertToken } from '../answers.ts';
import { exchange, exchangeRefused, type Traffic } from './traffic.ts';

/** Up to which random number a variety is drawn. */
const POSTS = { nobody: 0.02, ended: 0.04, all: 0.1, later: 0.3 };
const VERIFY = { tampered: 0.03, ended: 0.06 };

/** Makes requests for posts: most for the newest page, some for later ones or the whole list, and some that are rejected. */
export function createPosts(traffic: Traffic): () => Promise<unknown> {
  const { population, random, expectedPosts } = traffic;
  const refused = (variety: string, detail: string, token?: string) =>
    exchangeRefused(traffic, 'posts', variety, { token }, unauthorized(detail));
  return () => {
    const chance = random();
    if (chance < POSTS.nobody) return refused('nobody', SENTENCES.missing);
    const ended = chance < POSTS.ended ? population.endedToken() : undefined;
    if (ended !== undefined) return refused('ended session', SENTENCES.revoked, ended);
    const { variety, query, page } =
      chance < POSTS.all
        ? expectedPosts.all
        : chance < POSTS.later
          ? expectedPosts.later(random)
          : expectedPosts.newest;
    return population.use(population.sessionToRead(), ({ token }) =>
      exchange(traffic, 'posts', variety, { query, token }, (answer) => assertPosts(answer, page)),
    );
  };
}

/** Makes verifications, some of a changed token or of an ended session. */
export function createVerify(traffic: Traffic): () => Promise<unknown> {
  const { population, random } = traffic;
  const refused = (variety: string, token: string, sentence: string) =>
    exchangeRefused(traffic, 'verify', variety, { json: { token } }, refusal(sentence));
  return () => {
    const chance = random();
    const isTampered = chance < VERIFY.tampered;
    const ended = !isTampered && chance < VERIFY.ended ? population.endedToken() : undefined;
    if (ended !== undefined) return refused('ended session', ended, SENTENCES.revoked);
    const session = population.sessionToRead();
    if (isTampered) return refused('changed token', tampered(session.token), SENTENCES.malformed);
    return population.use(session, ({ token }) =>
      exchange(traffic, 'verify', 'open session', { json: { token } }, (answer) =>
        assertToken(answer, token),
      ),
    );
  };
}

/** The token with another first character of its signature. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
