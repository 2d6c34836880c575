import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Option } from 'commander';
import { fileArgument } from '../kit/file-argument.ts';
import { createProgram, run } from '../kit/run.ts';
import { tell, warn } from '../kit/terminal.ts';
import { wholeNumber } from '../kit/whole-number.ts';
import { bench as coldStart } from './cold-start.ts';
import { bench as growth } from './growth.ts';
import { bench as loaddata } from './loaddata.ts';
import { bench as login } from './login.ts';
import { POSTS, bench as posts } from './posts.ts';
import { report } from './report.ts';
import { CLIENTS, bench as requests } from './requests.ts';
import {
  type BenchOptions,
  type Measurement,
  machineOf,
  type Results,
  type Throughput,
  verdictOf,
} from './results.ts';
import { bench as roundTrips } from './round-trips.ts';
import { bench as tokens } from './tokens.ts';

/** The parts, by the value of `--only`. */
const PARTS: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Measurement[]>>> = {
  tokens,
  login,
  growth,
  posts,
  'cold-start': coldStart,
  'round-trips': roundTrips,
  loaddata,
};
const REQUESTS = 'requests';
const MAX_POSTS = 1_000_000;
const MAX_CLIENTS = 1000;

interface Options extends BenchOptions {
  readonly only?: readonly string[];
  readonly output: string;
}

/** Returns a parser that adds a number up to a maximum to those before it. */
const numbersUpTo =
  (most: number) =>
  (text: string, previous: readonly number[] = []): readonly number[] => [
    ...previous,
    wholeNumber(1, most)(text),
  ];

const program = createProgram(
  'npm run bench --',
  'Measure the service against its limits and against other libraries. It takes about six minutes.',
)
  .addOption(
    new Option('--only <part...>', 'measure only these parts').choices([...Object.keys(PARTS), REQUESTS]),
  )
  .option(
    '--posts <number...>',
    `the numbers of posts, up to 1,000,000 (default: ${POSTS.join(' and ')})`,
    numbersUpTo(MAX_POSTS),
  )
  .option(
    '--clients <number...>',
    `the numbers of concurrent clients (default: ${CLIENTS.join(', ')})`,
    numbersUpTo(MAX_CLIENTS),
  )
  .option('--node <program...>', 'measure first responses with these programs of Node.js, too')
  .option('--output <folder>', 'the folder for results.json and results.md', fileArgument, '.bench')
  .addHelpText(
    'after',
    '\nRatios compare measurements that alternate in one run. Absolute times depend on the machine.' +
      '\nExit code 1: a measurement exceeds its limit without an explanation, or a request failed.' +
      '\n\nExample: npm run bench -- --only posts --posts 1000 1000000',
  )
  .action(measure);

async function measure({ only, output, ...options }: Options): Promise<void> {
  // A folder that cannot be created must not fail after minutes of measuring.
  await mkdir(output, { recursive: true });
  const startedAt = new Date().toISOString();
  const isWanted = (part: string) => only === undefined || only.includes(part);
  const measurements: Measurement[] = [];
  const throughput: Throughput[] = [];
  // A part that fails after minutes of measuring must not discard the results of the others.
  const attempt = async (part: string, bench: () => Promise<void>) => {
    if (!isWanted(part)) return;
    warn(`measuring ${part} …`);
    await bench().catch((error: unknown) => {
      warn(`measuring ${part} failed: ${error instanceof Error ? error.stack : String(error)}`);
      process.exitCode = 1;
    });
  };
  for (const [part, bench] of Object.entries(PARTS)) {
    await attempt(part, async () => void measurements.push(...(await bench(options))));
  }
  await attempt(REQUESTS, () => requests((results) => throughput.push(...results), options));
  const results: Results = { machine: machineOf(), startedAt, measurements, throughput };
  await writeFile(join(output, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  const text = report(results);
  await writeFile(join(output, 'results.md'), text);
  tell(text.trimEnd());
  const isOver = measurements.some((measurement) => verdictOf(measurement) === 'OVER');
  if (isOver || throughput.some(({ failure }) => failure !== undefined)) process.exitCode = 1;
}

await run(program);
