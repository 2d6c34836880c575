import { Argument, InvalidArgumentError } from 'commander';
import { stageOption } from '../../deploy/stage-option.ts';
import { explain } from '../../manage/failure.ts';
import { failureOf } from '../kit/check.ts';
import { Client } from '../kit/client.ts';
import { createProgram, run } from '../kit/run.ts';
import { coloured, tell } from '../kit/terminal.ts';
import { type Check, NoLogin, type Target } from './check.ts';
import { CONTRACT } from './contract.ts';
import { GATEWAY_RULES } from './gateway-rules.ts';
import { JOURNEY } from './journey.ts';
import { type LoginOptions, withLogin } from './login.ts';

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('A URL is like https://api.example.com or http://localhost:8000.');
  }
  return text;
}

const program = createProgram(
  'smoke',
  'Checks a running service over HTTP: the journey of an app, API Gateway’s own rules, the contract.',
)
  .addArgument(
    new Argument('<url>', 'the URL of the service, with the stage if it has no domain').argParser(parseUrl),
  )
  .addOption(stageOption('create a user on the table of this stage, and delete it afterwards; does not ask'))
  .option('--username <name>', 'log in as this user, with the password on standard input; uses its sessions')
  .addHelpText(
    'after',
    '\nAgainst this machine a user is made without asking. Without any, what needs a login is skipped.' +
      '\nIt writes no other data. Exit code 1: something failed.',
  )
  .action((url: string, options: LoginOptions) =>
    withLogin(url, options, (login) => check({ client: new Client(url), login })),
  );

type Outcome = 'ok' | 'FAIL' | 'skip';

const COLOURS = { ok: 'green', FAIL: 'red', skip: 'yellow' } as const;

async function check(target: Target): Promise<void> {
  const counts: Record<Outcome, number> = { ok: 0, FAIL: 0, skip: 0 };
  let isStopped = false;
  // A second Ctrl-C ends the process at once. The first one lets `withLogin` delete the user that it created.
  process.once('SIGINT', () => {
    isStopped = true;
  });
  for (const one of [...JOURNEY, ...GATEWAY_RULES, ...CONTRACT]) {
    if (isStopped) break;
    const { outcome, problem } = await outcomeOf(one, target);
    counts[outcome] += 1;
    tell(`${coloured(COLOURS[outcome], outcome.padEnd(4))}  ${one.name}`);
    if (problem === undefined) continue;
    tell(`      ${problem.replaceAll('\n', '\n      ')}`);
    if (one.page !== undefined) tell(`      what AWS says: ${one.page}`);
  }
  const hint = counts.skip > 0 ? ': give --stage or --username' : '';
  tell(`\n${counts.ok} passed, ${counts.FAIL} failed, ${counts.skip} skipped${hint}`);
  if (counts.FAIL > 0 || isStopped) process.exitCode = 1;
}

async function outcomeOf({ run }: Check, target: Target): Promise<{ outcome: Outcome; problem?: string }> {
  try {
    await run(target);
    return { outcome: 'ok' };
  } catch (error) {
    if (error instanceof NoLogin) return { outcome: 'skip' };
    return { outcome: 'FAIL', problem: failureOf(error) ?? String(error) };
  }
}

await run(program, explain);
