import { styleText } from 'node:util';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { stageOption } from '../deploy/stage-option.ts';
import { run } from '../manage/run.ts';
import { tell } from '../manage/terminal.ts';
import { type Check, NoLogin, type Target } from './check.ts';
import { Client } from './client.ts';
import { CONTRACT } from './contract.ts';
import { GATEWAY_RULES } from './gateway-rules.ts';
import { JOURNEY } from './journey.ts';
import { withLogin } from './login.ts';

interface Options {
  readonly stage?: string;
  readonly username?: string;
}

const colour = (name: 'green' | 'red' | 'yellow', text: string) =>
  styleText(name, text, { stream: process.stdout });

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new InvalidArgumentError('A URL is like https://api.example.com or http://localhost:8000.');
  }
  return text;
}

const program = new Command('smoke')
  .description(
    'Checks a running service over HTTP: the journey of an app, API Gateway’s own rules, the contract.',
  )
  .addArgument(
    new Argument('<url>', 'where the service is, with the stage’s name where it has no domain').argParser(
      parseUrl,
    ),
  )
  .addOption(
    stageOption(
      'make a user on the table of this stage for the checks, and remove it afterwards; does not ask',
    ),
  )
  .option(
    '--username <name>',
    'log in as this user, with the password on standard input; its sessions are used',
  )
  .addHelpText(
    'after',
    '\nAgainst this machine a user is made without asking. Without any, what needs a login is skipped.' +
      '\nIt writes no other data. Exit code 1: something failed.',
  )
  .showHelpAfterError('(--help explains)')
  .exitOverride()
  .action((url: string, options: Options) =>
    withLogin({ url, ...options }, (login) => check({ client: new Client(url), login })),
  );

async function check(target: Target): Promise<void> {
  let [passed, failed, skipped] = [0, 0, 0];
  let isStopped = false;
  // The user that was made is still to be removed.
  process.once('SIGINT', () => {
    isStopped = true;
  });
  for (const one of [...JOURNEY, ...GATEWAY_RULES, ...CONTRACT]) {
    if (isStopped) break;
    const problem = await problemOf(one, target);
    if (problem instanceof NoLogin) {
      skipped += 1;
      tell(`${colour('yellow', 'skip')}  ${one.name}`);
    } else if (problem === undefined) {
      passed += 1;
      tell(`${colour('green', 'ok')}    ${one.name}`);
    } else {
      failed += 1;
      tell(`${colour('red', 'FAIL')}  ${one.name}\n      ${problem.message.replaceAll('\n', '\n      ')}`);
      if (one.page !== undefined) tell(`      what AWS says: ${one.page}`);
    }
  }
  tell(
    `\n${passed} passed, ${failed} failed, ${skipped} skipped${skipped > 0 ? ': give --stage or --username' : ''}`,
  );
  if (failed > 0 || isStopped) process.exitCode = 1;
}

async function problemOf({ run }: Check, target: Target): Promise<Error | undefined> {
  try {
    await run(target);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) return new Error(String(error));
    const { cause } = error;
    // What fetch throws says why in its cause alone.
    return cause instanceof Error ? new Error(`no answer: ${cause.message || String(cause)}`) : error;
  }
}

await run(program);
