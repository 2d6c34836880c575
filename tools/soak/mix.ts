import type { Random } from './random.ts';

/** What is asked for, in percent of all requests. */
export const MIX = { login: 5, refresh: 10, verify: 15, posts: 70 } as const;

export type Kind = keyof typeof MIX;

export const KINDS: readonly Kind[] = ['login', 'refresh', 'verify', 'posts'];

/** The fewest requests that can be mixed so. */
export const CARDS = 20;

/**
 * Draws kinds of requests as from a deck of cards: in a random order, and of each as many as the mix says in every
 * twenty.
 */
export class Deck {
  readonly #random: Random;
  #cards: Kind[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  draw(): Kind {
    if (this.#cards.length === 0) {
      this.#cards = KINDS.flatMap((kind) => Array<Kind>((MIX[kind] * CARDS) / 100).fill(kind));
    }
    const [card = 'posts'] = this.#cards.splice(Math.floor(this.#random() * this.#cards.length), 1);
    return card;
  }

  /** Draws one more of a kind out of turn, if this round has one left. */
  drawAnother(kind: Kind): boolean {
    const index = this.#cards.indexOf(kind);
    if (index >= 0) this.#cards.splice(index, 1);
    return index >= 0;
  }
}
