import { Argument, InvalidArgumentError } from 'commander';
import { stageOption } from '../../deploy/stage-option.ts';
import { explain } from '../../manage/failure.ts';
import { failureOf } from '../kit/check.ts';
import { Client } from '../kit/client.ts';
import { fetchDirectly } from '../kit/direct-fetch.ts';
import { createProgram, run } from '../kit/run.ts';
import { colored, printable, tell, tellColored } from '../kit/terminal.ts';
import { type Check, NoLogin, type Target } from './check.ts';
import { CONTRACT } from './contract.ts';
import { GATEWAY_RULES } from './gateway-rules.ts';
import { JOURNEY } from './journey.ts';
import { type LoginOptions, withLogin } from './login.ts';
import { assertLogin, assertServed } from './preconditions.ts';

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('Pass an http or https URL, such as http://localhost:8000.');
  }
  return text;
}

const program = createProgram(
  'npm run smoke --',
  'Check a running service over HTTP: the requests of an app, the rules of API Gateway, and the recorded contract.',
)
  .addArgument(
    new Argument(
      '<url>',
      'the URL of the service; it ends with the stage name unless the service has its own domain',
    ).argParser(parseUrl),
  )
  .addOption(stageOption('create a user in the table of this stage, and delete it at the end; does not ask'))
  .option('--username <name>', 'log in as this user; reads the password from standard input')
  .addHelpText(
    'after',
    '\nFor a service on this machine, it creates a temporary user without --stage. Without a user, it skips the checks' +
      '\nthat need a login. It changes no other data. Exit code 1: a check failed.' +
      '\n\nExample: npm run smoke -- http://localhost:8000',
  )
  .action(async (url: string, options: LoginOptions) => {
    const client = new Client(url, fetchDirectly);
    await assertServed(client);
    await withLogin(url, options, async (login) => {
      if (login !== undefined) await assertLogin(client, login, options);
      await check({ client, login });
    });
  });

type Outcome = 'ok' | 'FAIL' | 'skip';

const COLORS = { ok: 'green', FAIL: 'red', skip: 'yellow' } as const;

async function check(target: Target): Promise<void> {
  const counts: Record<Outcome, number> = { ok: 0, FAIL: 0, skip: 0 };
  let isStopped = false;
  // After the first Ctrl-C, `withLogin` deletes the user that it created. The second one ends the process.
  process.once('SIGINT', () => {
    isStopped = true;
  });
  for (const one of [...JOURNEY, ...GATEWAY_RULES, ...CONTRACT]) {
    if (isStopped) break;
    const { outcome, problem } = await outcomeOf(one, target);
    counts[outcome] += 1;
    tellColored(`${colored(COLORS[outcome], outcome.padEnd(4))}  ${printable(one.name)}`);
    if (problem === undefined) continue;
    tell(`      ${problem.replaceAll('\n', '\n      ')}`);
    if (one.page !== undefined) tell(`      documentation of AWS: ${one.page}`);
  }
  const hint = counts.skip > 0 ? '. Pass --stage or --username to run them.' : '';
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
