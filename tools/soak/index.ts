import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { fileArgument } from '../kit/file-argument.ts';
import { progressBar } from '../kit/progress.ts';
import { createProgram, run } from '../kit/run.ts';
import { tell, warn } from '../kit/terminal.ts';
import { wholeNumber } from '../kit/whole-number.ts';
import { type SoakOptions, soak } from './soak.ts';
import { isPassed, summary } from './summary.ts';
import type { Tally } from './tally.ts';

const MAX_SEED = 2 ** 31;

const program = createProgram(
  'npm run soak --',
  'Start a server, send it mixed traffic, check every response, and measure its memory.',
)
  .option('--seconds <n>', 'the duration in seconds', wholeNumber(10, 86_400), 600)
  .option('--concurrency <n>', 'the number of concurrent requests', wholeNumber(1, 100), 16)
  .option(
    '--seed <n>',
    'the seed of the random requests; the same seed repeats them',
    wholeNumber(0, MAX_SEED),
  )
  .option('--snapshots <folder>', 'write a heap snapshot to this folder at each measurement', fileArgument)
  .addHelpText(
    'after',
    '\nThe traffic has 5 % logins, 10 % refreshes, 15 % verifications and 70 % posts, without a rate limit.' +
      '\nCtrl-C ends it early with a report. Exit code 1: a response was wrong, or the memory grew.' +
      '\n\nExample: npm run soak -- --seconds 60',
  )
  .action((options: SoakOptions) => report({ ...options, seed: options.seed ?? randomInt(MAX_SEED) }));

async function report(options: SoakOptions): Promise<void> {
  const stopping = new AbortController();
  // The second Ctrl-C ends the process.
  process.once('SIGINT', () => stopping.abort());
  const { seconds, concurrency, seed, snapshots } = options;
  if (snapshots !== undefined) await mkdir(snapshots, { recursive: true });
  warn(`${seconds} seconds, ${concurrency} concurrent requests, seed ${seed}`);
  const bar = progressBar('{bar} {value} of {total} s, {rate} requests per second, {wrong} wrong', seconds);
  const onSecond = (second: number, { requests, wrong }: Tally) =>
    bar.show(Math.floor(second), { rate: Math.round(requests / Math.max(1, second)), wrong });
  const result = await soak({ ...options, signal: stopping.signal, onSecond }).finally(bar.stop);
  tell(summary(result));
  if (!isPassed(result)) process.exitCode = 1;
}

await run(program);
