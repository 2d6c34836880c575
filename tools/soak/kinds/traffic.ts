import type { Answer, Call, Client } from '../../kit/client.ts';
import type { Span } from '../answers.ts';
import type { Deck, Kind } from '../mix.ts';
import type { Population } from '../population.ts';
import type { Random } from '../random.ts';
import type { Shelf } from '../shelf.ts';
import type { Tally } from '../tally.ts';

/** What requests are made of, and what their answers are held against. */
export interface Traffic {
  readonly client: Client;
  readonly secret: string;
  readonly population: Population;
  readonly shelf: Shelf;
  readonly deck: Deck;
  readonly random: Random;
  readonly tally: Tally;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** One request. */
export interface Exchange extends Call {
  readonly path: string;
  /** Which of the requests of its kind it is, in words. */
  readonly variety: string;
  /** Whether the service lets it wait by design. */
  readonly isHeldBack?: boolean;
}

/** Makes one request and looks at the answer; tells whether it was right. */
export async function exchange(
  { client, tally, clock }: Traffic,
  kind: Kind,
  { path, variety, isHeldBack = false, ...call }: Exchange,
  look: (answer: Answer, span: Span) => void,
): Promise<boolean> {
  return tally.check(`${kind}, ${variety}`, async () => {
    const sent = clock();
    const start = performance.now();
    const answer = await client.call(path, call).finally(() => {
      tally.count(kind, variety, isHeldBack ? undefined : performance.now() - start);
    });
    look(answer, { sent, received: clock() });
  });
}

/** How a refused token or password is answered where it is in the body. */
export const refusal = (sentence: string) => ({ status: 400, body: { non_field_errors: [sentence] } });

/** What is said of a token whose session has ended. */
export const REVOKED = 'Token has been revoked.';
