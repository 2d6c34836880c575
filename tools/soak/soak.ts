import { resolve } from 'node:path';
import { Client } from '../kit/client.ts';
import { ExpectedPosts } from './expected-posts.ts';
import { createLogin, logIn } from './kinds/login.ts';
import { createPosts, createVerify } from './kinds/read.ts';
import { createRefresh } from './kinds/refresh.ts';
import type { Traffic } from './kinds/traffic.ts';
import { Deck, type Kind } from './mix.ts';
import { FREQUENT, type Person, Population, SESSIONS_PER_PERSON } from './population.ts';
import { randomOf } from './random.ts';
import { type Memory, readMemory, startLoadedServer } from './server.ts';
import { Tally } from './tally.ts';

/** When the memory that the end is compared with is read: after a minute, or a third of a shorter run. */
const WARM_AFTER_S = 60;
const WARM_SHARE = 1 / 3;
/** How often memory is read beside that. */
const READ_EVERY_S = 60;
/** Sessions to begin with, for each request that is on its way at once: nobody waits for one. */
const SESSIONS_EACH = 2;

export interface SoakOptions {
  readonly seconds: number;
  /** Requests that are on their way at once. */
  readonly concurrency: number;
  readonly seed: number;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
  /** Is told every second how it goes. */
  readonly onSecond?: (second: number, tally: Tally) => void;
  /** Writes a heap snapshot here beside each reading of the memory. */
  readonly snapshots?: string;
}

export interface SoakResult {
  /** How long it was, in seconds. */
  readonly seconds: number;
  readonly tally: Tally;
  /** After the warm-up, after each minute, and at the end. */
  readonly memory: readonly Memory[];
}

/**
 * Loads a server of its own with mixed traffic for a while, looking at every answer. Where its memory is read the load
 * rests, so that nothing is on its way then.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { concurrency, seed, signal, snapshots, onSecond } = options;
  const expectedPosts = new ExpectedPosts();
  const { server, secret, people } = await startLoadedServer(expectedPosts);
  try {
    const random = randomOf(seed);
    const population = new Population(people, random);
    const [deck, client, tally] = [new Deck(random), new Client(server.url), new Tally()];
    const traffic = { client, secret, population, expectedPosts, deck, random, tally, clock: Date.now };
    await openSessions({ ...traffic, tally: new Tally() }, people, SESSIONS_EACH * concurrency);
    const perform: Readonly<Record<Kind, () => Promise<unknown>>> = {
      login: createLogin(traffic),
      refresh: createRefresh(traffic),
      verify: createVerify(traffic),
      posts: createPosts(traffic),
    };
    const memory: Memory[] = [];
    let seconds = 0;
    for (const until of readingTimes(options.seconds)) {
      const start = performance.now() - seconds * 1000;
      const elapsed = () => (performance.now() - start) / 1000;
      const isOver = () => signal?.aborted || tally.isHopeless || elapsed() >= until;
      const ticking = setInterval(() => onSecond?.(elapsed(), tally), 1000);
      // What has been sent at the end is still answered.
      const workers = await Promise.allSettled(
        Array.from({ length: concurrency }, async () => {
          while (!isOver()) await perform[deck.draw()]();
        }),
      );
      clearInterval(ticking);
      seconds = elapsed();
      const failed = workers.find((one) => one.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (tally.isHopeless) break;
      if (snapshots) await server.ask(`snapshot ${resolve(snapshots)}/${Math.round(seconds)}.heapsnapshot`);
      memory.push(await readMemory(server, seconds));
      if (signal?.aborted) break;
    }
    return { seconds, tally, memory };
  } finally {
    await server.stop();
  }
}

/** When memory is read, in seconds: once warm, after each minute from then on, and at the end. */
function readingTimes(seconds: number): number[] {
  const warm = Math.min(WARM_AFTER_S, seconds * WARM_SHARE);
  const count = Math.max(0, Math.ceil((seconds - warm) / READ_EVERY_S) - 1);
  return [warm, ...Array.from({ length: count }, (_, index) => warm + (index + 1) * READ_EVERY_S), seconds];
}

/** Opens sessions to begin with: one each of so many, and of those who log in frequently as many as they may have. */
async function openSessions(traffic: Traffic, people: readonly Person[], count: number): Promise<void> {
  const frequent = people.slice(0, FREQUENT.people).map(async (person) => {
    for (let index = 0; index < SESSIONS_PER_PERSON; index += 1) await logIn(traffic, person);
  });
  await Promise.all([...frequent, ...people.slice(-count).map((person) => logIn(traffic, person))]);
  const [problem] = traffic.tally.descriptions;
  if (problem !== undefined) throw new Error(`no session could be opened: ${problem}`);
}
