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

/** The first measurement of memory is after a minute, or after a third of a shorter run. */
const WARM_AFTER_S = 60;
const WARM_SHARE = 1 / 3;
/** The interval of the following measurements. */
const MEASURE_EVERY_S = 60;
/** The number of sessions at the start, per concurrent request. No request must wait for a session. */
const SESSIONS_EACH = 2;

export interface SoakOptions {
  readonly seconds: number;
  /** The number of concurrent requests. */
  readonly concurrency: number;
  readonly seed: number;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
  /** Called every second. */
  readonly onSecond?: (second: number, tally: Tally) => void;
  /** The folder for heap snapshots, one per measurement. */
  readonly snapshots?: string;
}

export interface SoakResult {
  /** The duration in seconds. */
  readonly seconds: number;
  readonly tally: Tally;
  /** Measured after the warm-up, after each minute, and at the end. */
  readonly memory: readonly Memory[];
}

/**
 * Starts a server, sends it mixed traffic, and checks every response. The traffic pauses while memory is measured, so that no
 * request is pending.
 */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { concurrency, seed, signal, snapshots, onSecond } = options;
  const posts = new ExpectedPosts();
  const { server, secret, people } = await startLoadedServer(posts);
  try {
    const random = randomOf(seed);
    const population = new Population(people, random);
    const [deck, client, tally] = [new Deck(random), new Client(server.url), new Tally()];
    const traffic = { client, secret, population, posts, deck, random, tally };
    await openSessions({ ...traffic, tally: new Tally() }, people, SESSIONS_EACH * concurrency);
    const perform: Readonly<Record<Kind, () => Promise<unknown>>> = {
      login: createLogin(traffic),
      refresh: createRefresh(traffic),
      verify: createVerify(traffic),
      posts: createPosts(traffic),
    };
    const memory: Memory[] = [];
    let seconds = 0;
    for (const until of measurementTimes(options.seconds)) {
      const start = performance.now() - seconds * 1000;
      const elapsed = () => (performance.now() - start) / 1000;
      const isOver = () => signal?.aborted || tally.isHopeless || elapsed() >= until;
      const ticking = setInterval(() => onSecond?.(elapsed(), tally), 1000);
      // Waits for the responses of pending requests.
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

/** Returns the times of the measurements in seconds: after the warm-up, after each further minute, and at the end. */
function measurementTimes(seconds: number): number[] {
  const warm = Math.min(WARM_AFTER_S, seconds * WARM_SHARE);
  const count = Math.max(0, Math.ceil((seconds - warm) / MEASURE_EVERY_S) - 1);
  return [
    warm,
    ...Array.from({ length: count }, (_, index) => warm + (index + 1) * MEASURE_EVERY_S),
    seconds,
  ];
}

/** Opens the first sessions: one for each of `count` people, and the maximum for those who log in frequently. */
async function openSessions(traffic: Traffic, people: readonly Person[], count: number): Promise<void> {
  const frequent = people.slice(0, FREQUENT.people).map(async (person) => {
    for (let index = 0; index < SESSIONS_PER_PERSON; index += 1) await logIn(traffic, person);
  });
  await Promise.all([...frequent, ...people.slice(-count).map((person) => logIn(traffic, person))]);
  const [problem] = traffic.tally.descriptions;
  if (problem !== undefined) throw new Error(`no session could be opened: ${problem}`);
}
