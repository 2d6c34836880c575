import { randomInt } from 'node:crypto';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { run } from '../manage/run.ts';
import { tell, warn } from '../manage/terminal.ts';
import { soak } from './soak.ts';
import { isHeld, summary } from './summary.ts';
import type { Tally } from './tally.ts';

const MAX_SEED = 2 ** 31;

interface Options {
  readonly seconds: number;
  readonly concurrency: number;
  readonly seed: number;
  readonly snapshots?: string;
}

const wholeFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
};

const program = new Command('soak')
  .description('Loads a server of its own with mixed traffic, looks at every answer, and reads its memory.')
  .option('--seconds <n>', 'how long', wholeFrom(10, 86_400), 600)
  .option('--concurrency <n>', 'requests that are on their way at once', wholeFrom(1, 100), 16)
  .option('--seed <n>', 'draw the same requests again', wholeFrom(0, MAX_SEED))
  .option(
    '--snapshots <folder>',
    'write a heap snapshot here whenever memory is read; it stops the server meanwhile',
  )
  .addHelpText(
    'after',
    '\n5 % logins, 10 % refreshes, 15 % verifications, 70 % posts, as many as the machine carries.' +
      '\nCtrl-C ends it early, with what there is to tell. Exit code 1: an answer was wrong, or memory grew.',
  )
  .showHelpAfterError('(--help explains)')
  .exitOverride()
  .action(({ seed = randomInt(MAX_SEED), ...options }: Omit<Options, 'seed'> & { seed?: number }) =>
    report({ ...options, seed }),
  );

async function report(options: Options): Promise<void> {
  const stopping = new AbortController();
  // Only the first: the second ends everything.
  process.once('SIGINT', () => stopping.abort());
  const { seconds, concurrency, seed } = options;
  warn(`${seconds} seconds, ${concurrency} requests at once, seed ${seed}`);
  const bar = progressBar(seconds);
  const result = await soak({ ...options, signal: stopping.signal, onSecond: bar.show }).finally(bar.stop);
  tell(summary(result));
  if (!isHeld(result)) process.exitCode = 1;
}

/** Shows on a terminal how it goes; elsewhere nothing. */
function progressBar(total: number) {
  const bar = new SingleBar({
    format: '{bar} {value} of {total} s, {rate} requests a second, {wrong} wrong',
    stream: process.stderr,
    noTTYOutput: false,
    clearOnComplete: true,
  });
  const isShown = process.stderr.isTTY;
  let hasBegun = false;
  return {
    show: (second: number, tally: Tally) => {
      if (!isShown) return;
      if (!hasBegun) bar.start(total, 0, { rate: 0, wrong: 0 });
      hasBegun = true;
      const rate = Math.round(tally.requests / Math.max(1, second));
      bar.update(Math.floor(second), { rate, wrong: tally.wrong });
    },
    stop: () => {
      if (hasBegun) bar.stop();
    },
  };
}

await run(program);
