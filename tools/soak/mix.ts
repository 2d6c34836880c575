import type { Random } from './random.ts';

/** The share of each kind of request, in percent. */
export const MIX = { login: 5, refresh: 10, verify: 15, posts: 70 } as const;

export type Kind = keyof typeof MIX;

export const KINDS: readonly Kind[] = ['login', 'refresh', 'verify', 'posts'];

/** The smallest number of requests with exactly these shares. */
export const CARDS = 20;

/**
 * Draws kinds of requests in random order, like cards of a deck. Every twenty requests have exactly the shares of
 * {@link MIX}.
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

  /** Draws another request of a kind, if this deck has one left. Returns whether it has. */
  drawAnother(kind: Kind): boolean {
    const index = this.#cards.indexOf(kind);
    if (index >= 0) this.#cards.splice(index, 1);
    return index >= 0;
  }
}
