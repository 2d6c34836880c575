import { randomInt } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import { progressBar } from '../kit/progress.ts';
import { createProgram, run } from '../kit/run.ts';
import { tell, warn } from '../kit/terminal.ts';
import { type SoakOptions, soak } from './soak.ts';
import { isHeld, summary } from './summary.ts';
import type { Tally } from './tally.ts';

const MAX_SEED = 2 ** 31;

const wholeFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
};

const program = createProgram(
  'soak',
  'Loads a server of its own with mixed traffic, checks every response, and reads its memory.',
)
  .option('--seconds <n>', 'how long', wholeFrom(10, 86_400), 600)
  .option('--concurrency <n>', 'requests that are on their way at once', wholeFrom(1, 100), 16)
  .option('--seed <n>', 'draw the same requests again', wholeFrom(0, MAX_SEED))
  .option('--snapshots <folder>', 'write a heap snapshot here at each reading of the memory')
  .addHelpText(
    'after',
    '\n5 % logins, 10 % refreshes, 15 % verifications, 70 % posts, as many as the machine carries.' +
      '\nCtrl-C ends it early, with what there is to tell. Exit code 1: an answer was wrong, or memory grew.',
  )
  .action((options: SoakOptions) => report({ ...options, seed: options.seed ?? randomInt(MAX_SEED) }));

async function report(options: SoakOptions): Promise<void> {
  const stopping = new AbortController();
  // Only the first: the second ends everything.
  process.once('SIGINT', () => stopping.abort());
  const { seconds, concurrency, seed } = options;
  warn(`${seconds} seconds, ${concurrency} requests at once, seed ${seed}`);
  const bar = progressBar('{bar} {value} of {total} s, {rate} requests a second, {wrong} wrong', seconds);
  const onSecond = (second: number, { requests, wrong }: Tally) =>
    bar.show(Math.floor(second), { rate: Math.round(requests / Math.max(1, second)), wrong });
  const result = await soak({ ...options, signal: stopping.signal, onSecond }).finally(bar.stop);
  tell(summary(result));
  if (!isHeld(result)) process.exitCode = 1;
}

await run(program);
