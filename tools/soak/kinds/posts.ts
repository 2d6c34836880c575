import { assertPosts, assertRefusal } from '../answers.ts';
import { exchange, REVOKED, type Traffic } from './traffic.ts';

const PATH = '/api/blog/posts/';
const SHARES = { nobody: 0.02, ended: 0.04, all: 0.1, later: 0.3 };
const MISSING = 'Authentication credentials were not provided.';

/** Makes requests for posts: mostly the newest page, some later ones, the whole list, and some that are refused. */
export function createPosts(traffic: Traffic): () => Promise<void> {
  const { population, random, shelf } = traffic;
  const refused = async (variety: string, detail: string, token?: string) => {
    const request = { path: PATH, variety, ...(token === undefined ? {} : { token }) };
    await exchange(traffic, 'posts', request, (answer) =>
      assertRefusal(answer, { status: 401, body: { detail } }),
    );
  };
  return async () => {
    const chance = random();
    if (chance < SHARES.nobody) return refused('nobody', MISSING);
    const ended = chance < SHARES.ended ? population.endedToken() : undefined;
    if (ended !== undefined) return refused('ended session', REVOKED, ended);
    const { variety, query, page } =
      chance < SHARES.all ? shelf.all() : chance < SHARES.later ? shelf.later(random) : shelf.newest();
    const session = population.sessionToRead();
    session.uses += 1;
    await exchange(traffic, 'posts', { path: PATH + query, variety, token: session.token }, (answer) =>
      assertPosts(answer, page),
    );
    session.uses -= 1;
  };
}
