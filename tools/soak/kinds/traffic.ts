import type { Clock } from '../../../lib/clock.ts';
import { assertRefusal, type Refusal } from '../../kit/check.ts';
import { type Answer, type Call, type Client, PATHS } from '../../kit/client.ts';
import type { Span } from '../answers.ts';
import type { ExpectedPosts } from '../expected-posts.ts';
import type { Deck, Kind } from '../mix.ts';
import type { Population } from '../population.ts';
import type { Random } from '../random.ts';
import type { Tally } from '../tally.ts';

/** What requests are made of, and what their answers are compared with. */
export interface Traffic {
  readonly client: Client;
  readonly secret: string;
  readonly population: Population;
  readonly expectedPosts: ExpectedPosts;
  readonly deck: Deck;
  readonly random: Random;
  readonly tally: Tally;
  readonly clock: Clock;
}

interface Request extends Call {
  readonly query?: string;
  /** Whether the service delays the answer on purpose. */
  readonly isHeldBack?: boolean;
}

const PATH_OF = { ...PATHS, login: PATHS.obtain };

/**
 * Makes one request and checks the answer.
 *
 * @param variety which request of its kind it is, in words
 * @returns whether the answer was right
 */
export async function exchange(
  { client, tally, clock }: Traffic,
  kind: Kind,
  variety: string,
  { query = '', isHeldBack = false, ...call }: Request,
  look: (answer: Answer, span: Span) => void,
): Promise<boolean> {
  return tally.check(`${kind}, ${variety}`, async () => {
    const sent = clock();
    const start = performance.now();
    const answer = await client.call(PATH_OF[kind] + query, call).finally(() => {
      tally.count(kind, variety, isHeldBack ? undefined : performance.now() - start);
    });
    look(answer, { sent, received: clock() });
  });
}

/** Makes one request that the service must reject with this status and body. */
export const exchangeRefused = (
  traffic: Traffic,
  kind: Kind,
  variety: string,
  request: Request,
  expected: Refusal,
): Promise<boolean> => exchange(traffic, kind, variety, request, (answer) => assertRefusal(answer, expected));
