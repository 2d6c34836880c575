import { markdownTable } from 'markdown-table';
import { KINDS, type Kind, MIX } from './mix.ts';
import type { Memory } from './server.ts';
import type { SoakResult } from './soak.ts';
import type { Tally } from './tally.ts';

/** The maximum growth of the heap since the first minute. */
const MAX_GROWTH = 1.1;
/**
 * The maximum growth in a run whose warm-up is shorter than a minute. V8 frees about 20 of 100 MB of the start, at any time
 * before or after the first measurement.
 */
const MAX_GROWTH_UNWARMED = 1.5;
const WARM_S = 60;

const formatInteger = (value: number) => Math.round(value).toLocaleString('en');
const alignRight = (columns: number) => Array<string>(columns).fill('r');

/** Returns the heap at the end divided by the heap after the warm-up. Undefined if the run ended before both measurements. */
export function growthOf([warm, ...later]: readonly Memory[]): number | undefined {
  const end = later.at(-1);
  return warm === undefined || end === undefined ? undefined : end.heap / warm.heap;
}

/** Returns the maximum of that growth. */
export const growthLimit = ([warm]: readonly Memory[]): number =>
  warm !== undefined && warm.second >= WARM_S ? MAX_GROWTH : MAX_GROWTH_UNWARMED;

/** Returns whether every response was correct and the memory did not grow. */
export const isPassed = ({ tally, memory }: SoakResult): boolean =>
  tally.wrong === 0 && (growthOf(memory) ?? 0) <= growthLimit(memory);

/** Formats a run as Markdown that is readable on a terminal. */
export function summary({ seconds, tally, memory }: SoakResult): string {
  const { rejectedLogins: rejected, wrong, descriptions } = tally;
  const note = `${rejected} logins had a wrong password. The service delays them by a second on purpose, so the percentiles exclude them.`;
  return [
    requestTable(tally, seconds),
    ...(rejected > 0 ? [note] : []),
    KINDS.map((kind) => `${kind}: ${varietiesOf(tally, kind)}`).join('\n'),
    memoryTable(memory),
    `wrong responses: ${wrong}, limit 0: ${wrong === 0 ? 'ok' : 'WRONG'}`,
    ...descriptions.map((description) => `  ${description}`),
    growthLine(memory),
  ].join('\n\n');
}

function requestTable(tally: Tally, seconds: number): string {
  const head = ['', 'requests', 'share', 'intended', 'per second', 'p50, ms', 'p99, ms', 'max, ms'];
  const perSecond = (requests: number) => (requests / seconds).toFixed(1);
  const rows = KINDS.map((kind) => {
    const { requests, times } = tally.of(kind);
    const share = ((100 * requests) / Math.max(1, tally.requests)).toFixed(2);
    const counts = [formatInteger(requests), `${share} %`, `${MIX[kind]} %`, perSecond(requests)];
    const durations = [times.percentile(50), times.percentile(99), times.max];
    return [kind, ...counts, ...durations.map((microseconds) => (microseconds / 1000).toFixed(1))];
  });
  const all = ['all', formatInteger(tally.requests), '', '', perSecond(tally.requests)];
  return markdownTable([head, ...rows, all], { align: ['l', ...alignRight(7)] });
}

const varietiesOf = (tally: Tally, kind: Kind): string =>
  [...tally.of(kind).varieties].map(([variety, count]) => `${formatInteger(count)} ${variety}`).join(' · ');

function memoryTable(memory: readonly Memory[]): string {
  const head = ['second', 'heap after GC, MB', 'external, MB', 'resident, MB'];
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
  if (growth === undefined) return 'heap after GC: the run ended before two measurements';
  const limit = growthLimit(memory);
  const [end, warm] = [memory.at(-1), memory[0]].map((one) => one?.heap.toFixed(1));
  return (
    `heap after GC, at the end and at second ${memory[0]?.second}: ${end} / ${warm} MB = ${growth.toFixed(3)}, ` +
    `limit ${limit.toFixed(2)}: ${growth <= limit ? 'ok' : 'OVER'}`
  );
}
