export type Work = () => Promise<unknown>;

/** Times pieces of work in turns, so that what else the machine does falls on all alike; medians in milliseconds. */
export async function interleaved<Name extends string>(
  works: Readonly<Record<Name, Work>>,
  { rounds, perRound = 1 }: { rounds: number; perRound?: number },
): Promise<Record<Name, number>> {
  const names = Object.keys(works) as Name[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -Math.ceil(rounds / 10); round < rounds; round += 1) {
    // Every other round the other way, so that none is always first.
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const start = performance.now();
      for (let i = 0; i < perRound; i += 1) await works[name]();
      // Rounds below zero warm up.
      if (round >= 0) times[name].push((performance.now() - start) / perRound);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
