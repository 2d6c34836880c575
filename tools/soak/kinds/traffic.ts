import { assertRefusal, type Refusal } from '../../kit/check.ts';
import { type ApiResponse, type Call, type Client, PATHS } from '../../kit/client.ts';
import type { ExpectedPosts } from '../expected-posts.ts';
import type { Deck, Kind } from '../mix.ts';
import type { Population } from '../population.ts';
import type { Random } from '../random.ts';
import type { Span } from '../responses.ts';
import type { Tally } from '../tally.ts';

/** The inputs of requests, and the data that their responses are compared with. */
export interface Traffic {
  readonly client: Client;
  readonly secret: string;
  readonly population: Population;
  readonly posts: ExpectedPosts;
  readonly deck: Deck;
  readonly random: Random;
  readonly tally: Tally;
}

interface Request extends Call {
  readonly query?: string;
  /** Whether the service delays the response on purpose. */
  readonly isDelayed?: boolean;
}

const PATH_OF = { ...PATHS, login: PATHS.obtain };

/**
 * Sends a request and checks the response.
 *
 * @param variety describes the request in a few words
 * @returns whether the response was correct
 */
export async function exchange(
  { client, tally }: Traffic,
  kind: Kind,
  variety: string,
  { query = '', isDelayed = false, ...call }: Request,
  assertResponse: (response: ApiResponse, span: Span) => void,
): Promise<boolean> {
  return tally.check(`${kind}, ${variety}`, async () => {
    const sent = Date.now();
    const start = performance.now();
    const response = await client.call(PATH_OF[kind] + query, call).finally(() => {
      tally.count(kind, variety, isDelayed ? undefined : performance.now() - start);
    });
    assertResponse(response, { sent, received: Date.now() });
  });
}

/** Sends a request that the service must reject with the expected status and body. */
export const exchangeRejected = (
  traffic: Traffic,
  kind: Kind,
  variety: string,
  request: Request,
  expected: Refusal,
): Promise<boolean> =>
  exchange(traffic, kind, variety, request, (response) => assertRefusal(response, expected));
