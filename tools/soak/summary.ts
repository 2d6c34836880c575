import { markdownTable } from 'markdown-table';
import type { Memory } from './memory.ts';
import { KINDS, type Kind, MIX } from './mix.ts';
import type { SoakResult } from './soak.ts';
import type { Tally } from './tally.ts';

/** The heap at the end against the heap after the first minute. */
const MAX_GROWTH = 1.1;
/**
 * The same in runs too short for a minute of warm-up: what a start leaves behind goes at times of its own, some twenty
 * megabytes of a hundred, either before the first reading or after it.
 */
const MAX_GROWTH_UNWARMED = 1.5;
const WARM_S = 60;

const PERCENTILES = [50, 99];
const whole = (value: number) => Math.round(value).toLocaleString('en');
const fixed = (value: number, digits: number) => value.toFixed(digits);

/** How much larger the heap is at the end than it was after the warm-up; nothing where it ended before that. */
export function growthOf(memory: readonly Memory[]): number | undefined {
  const [warm, end] = [memory[0], memory.at(-1)];
  return warm === undefined || end === undefined || memory.length < 2 ? undefined : end.heap / warm.heap;
}

/** What that may be at most. */
export const growthLimit = ([warm]: readonly Memory[]): number =>
  warm !== undefined && warm.second >= WARM_S ? MAX_GROWTH : MAX_GROWTH_UNWARMED;

/** Tells whether every answer was right and the memory is flat. */
export const isHeld = ({ tally, memory }: SoakResult): boolean =>
  tally.wrong === 0 && (growthOf(memory) ?? 0) <= growthLimit(memory);

/** Renders a run as Markdown, to read on a terminal as well. */
export function summary({ seconds, tally, memory }: SoakResult): string {
  const refused = tally.refusedLogins;
  return [
    requestTable(tally, seconds),
    ...(refused > 0
      ? [
          `${refused} of the logins had a wrong password: they wait for a second by design, and are in no percentile.`,
        ]
      : []),
    KINDS.map((kind) => `${kind}: ${varietiesOf(tally, kind)}`).join('\n'),
    memoryTable(memory),
    `wrong answers: ${tally.wrong}, at most 0: ${tally.wrong === 0 ? 'ok' : 'WRONG'}`,
    ...tally.descriptions.map((description) => `  ${description}`),
    growthLine(memory),
  ].join('\n\n');
}

const requestTable = (tally: Tally, seconds: number): string =>
  markdownTable(
    [
      ['', 'requests', 'share', 'of', 'a second', 'p50, ms', 'p99, ms', 'longest, ms'],
      ...KINDS.map((kind) => {
        const { requests, times } = tally.of(kind);
        return [
          kind,
          whole(requests),
          `${fixed((100 * requests) / Math.max(1, tally.requests), 2)} %`,
          `${MIX[kind]} %`,
          fixed(requests / seconds, 1),
          ...PERCENTILES.map((one) => fixed(times.percentile(one) / 1000, 1)),
          fixed(times.max / 1000, 1),
        ];
      }),
      ['all', whole(tally.requests), '', '', fixed(tally.requests / seconds, 1), '', '', ''],
    ],
    { align: ['l', 'r', 'r', 'r', 'r', 'r', 'r', 'r'] },
  );

const varietiesOf = (tally: Tally, kind: Kind): string =>
  [...tally.of(kind).varieties].map(([variety, count]) => `${whole(count)} ${variety}`).join(' · ');

const memoryTable = (memory: readonly Memory[]): string =>
  markdownTable(
    [
      ['second', 'heap after GC, MB', 'outside of it, MB', 'resident, MB'],
      ...memory.map(({ second, heap, external, resident }) => [
        String(second),
        fixed(heap, 1),
        fixed(external, 1),
        fixed(resident, 0),
      ]),
    ],
    { align: ['r', 'r', 'r', 'r'] },
  );

function growthLine(memory: readonly Memory[]): string {
  const [warm, end] = [memory[0], memory.at(-1)];
  const growth = growthOf(memory);
  if (warm === undefined || end === undefined || growth === undefined) {
    return 'heap after GC: it ended before there was anything to compare';
  }
  const limit = growthLimit(memory);
  const verdict = growth <= limit ? 'ok' : 'OVER';
  return (
    `heap after GC, at the end against second ${warm.second}: ${fixed(end.heap, 1)} / ${fixed(warm.heap, 1)} MB = ` +
    `${fixed(growth, 3)}, at most ${fixed(limit, 2)}: ${verdict}`
  );
}
