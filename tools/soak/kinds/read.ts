import { refusal, SENTENCES, unauthorized } from '../../kit/check.ts';
import { assertPosts, assertToken } from '../responses.ts';
import { exchange, exchangeRejected, type Traffic } from './traffic.ts';

/** The upper bounds of the random number for each variety. */
const POSTS = { withoutToken: 0.02, ended: 0.04, all: 0.1, later: 0.3 };
const VERIFY = { tampered: 0.03, ended: 0.06 };

/** Creates a function that requests posts: usually the first page, sometimes a later one, the whole list, or without success. */
export function createPosts(traffic: Traffic): () => Promise<unknown> {
  const { population, random, posts } = traffic;
  const rejected = (variety: string, detail: string, token?: string) =>
    exchangeRejected(traffic, 'posts', variety, { token }, unauthorized(detail));
  return () => {
    const chance = random();
    if (chance < POSTS.withoutToken) return rejected('no token', SENTENCES.missing);
    const ended = chance < POSTS.ended ? population.endedToken() : undefined;
    if (ended !== undefined) return rejected('ended session', SENTENCES.revoked, ended);
    const { variety, query, page } =
      chance < POSTS.all ? posts.all : chance < POSTS.later ? posts.later(random) : posts.newest;
    return population.use(population.sessionToRead(), ({ token }) =>
      exchange(traffic, 'posts', variety, { query, token }, (response) => assertPosts(response, page)),
    );
  };
}

/** Creates a function that verifies a token, sometimes a tampered one or that of an ended session. */
export function createVerify(traffic: Traffic): () => Promise<unknown> {
  const { population, random } = traffic;
  const rejected = (variety: string, token: string, sentence: string) =>
    exchangeRejected(traffic, 'verify', variety, { json: { token } }, refusal(sentence));
  return () => {
    const chance = random();
    const isTampered = chance < VERIFY.tampered;
    const ended = !isTampered && chance < VERIFY.ended ? population.endedToken() : undefined;
    if (ended !== undefined) return rejected('ended session', ended, SENTENCES.revoked);
    const session = population.sessionToRead();
    if (isTampered) return rejected('tampered token', tampered(session.token), SENTENCES.malformed);
    return population.use(session, ({ token }) =>
      exchange(traffic, 'verify', 'open session', { json: { token } }, (response) =>
        assertToken(response, token),
      ),
    );
  };
}

/** Returns the token with another first character of the signature. */
function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 1;
  return `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`;
}
