import { markdownTable } from 'markdown-table';
import { KINDS, type Kind, MIX } from './mix.ts';
import type { Memory } from './server.ts';
import type { SoakResult } from './soak.ts';
import type { Tally } from './tally.ts';

/** The most that the heap may have grown since the first minute. */
const MAX_GROWTH = 1.1;
/**
 * The same for a run too short for a minute of warm-up: V8 frees what the start leaves behind, about 20 MB of 100, at any
 * time before or after the first reading.
 */
const MAX_GROWTH_UNWARMED = 1.5;
const WARM_S = 60;

const whole = (value: number) => Math.round(value).toLocaleString('en');
const alignRight = (columns: number) => Array<string>(columns).fill('r');

/** The heap at the end divided by the heap after the warm-up. Undefined if the run ended before both were read. */
export function growthOf([warm, ...later]: readonly Memory[]): number | undefined {
  const end = later.at(-1);
  return warm === undefined || end === undefined ? undefined : end.heap / warm.heap;
}

/** The most that this may be. */
export const growthLimit = ([warm]: readonly Memory[]): number =>
  warm !== undefined && warm.second >= WARM_S ? MAX_GROWTH : MAX_GROWTH_UNWARMED;

/** Returns whether every answer was right and the memory did not grow. */
export const isHeld = ({ tally, memory }: SoakResult): boolean =>
  tally.wrong === 0 && (growthOf(memory) ?? 0) <= growthLimit(memory);

/** Renders a run as Markdown that is also readable on a terminal. */
export function summary({ seconds, tally, memory }: SoakResult): string {
  const { refusedLogins: refused, wrong, descriptions } = tally;
  const note = `${refused} of the logins had a wrong password: they wait for a second by design, and are in no percentile.`;
  return [
    requestTable(tally, seconds),
    ...(refused > 0 ? [note] : []),
    KINDS.map((kind) => `${kind}: ${varietiesOf(tally, kind)}`).join('\n'),
    memoryTable(memory),
    `wrong answers: ${wrong}, at most 0: ${wrong === 0 ? 'ok' : 'WRONG'}`,
    ...descriptions.map((description) => `  ${description}`),
    growthLine(memory),
  ].join('\n\n');
}

function requestTable(tally: Tally, seconds: number): string {
  const head = ['', 'requests', 'share', 'of', 'a second', 'p50, ms', 'p99, ms', 'longest, ms'];
  const rows = KINDS.map((kind) => {
    const { requests, times } = tally.of(kind);
    const share = (100 * requests) / Math.max(1, tally.requests);
    const durations = [times.percentile(50), times.percentile(99), times.max];
    return [
      ...[kind, whole(requests), `${share.toFixed(2)} %`, `${MIX[kind]} %`, (requests / seconds).toFixed(1)],
      ...durations.map((microseconds) => (microseconds / 1000).toFixed(1)),
    ];
  });
  const all = ['all', whole(tally.requests), '', '', (tally.requests / seconds).toFixed(1), '', '', ''];
  return markdownTable([head, ...rows, all], { align: ['l', ...alignRight(7)] });
}

const varietiesOf = (tally: Tally, kind: Kind): string =>
  [...tally.of(kind).varieties].map(([variety, count]) => `${whole(count)} ${variety}`).join(' · ');

function memoryTable(memory: readonly Memory[]): string {
  const head = ['second', 'heap after GC, MB', 'outside of it, MB', 'resident, MB'];
  const rows = memory.map(({ second, heap, external, resident }) => [
    String(second),
    heap.toFixed(1),
    external.toFixed(1),
    resident.toFixed(0),
  ]);
  return markdownTable([head, ...rows], { align: alignRight(4) });
}

function growthLine(memory: readonly Memory[]): string {
  const growth = growthOf(memory);
  if (growth === undefined) return 'heap after GC: it ended before there was anything to compare';
  const limit = growthLimit(memory);
  const [end, warm] = [memory.at(-1), memory[0]].map((one) => one?.heap.toFixed(1));
  return (
    `heap after GC, at the end against second ${memory[0]?.second}: ${end} / ${warm} MB = ${growth.toFixed(3)}, ` +
    `at most ${limit.toFixed(2)}: ${growth <= limit ? 'ok' : 'OVER'}`
  );
}
