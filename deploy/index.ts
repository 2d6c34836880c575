import { confirm } from '@inquirer/prompts';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { runFramework } from './framework.ts';
import { stageOption } from './stage-option.ts';

const USAGE_EXIT_CODE = 2;

interface StageOptions {
  readonly stage: string;
  readonly region?: string;
}

const program = new Command('npm run')
  .description('Deploys a stage to AWS, and operates it. See docs/operations.md.')
  .usage('<command> -- --stage <name>')
  .showHelpAfterError('(--help explains)')
  .exitOverride();

const stageCommand = (name: string, description: string, example: string): Command =>
  program
    .command(name)
    .description(description)
    .usage(`-- [options]${name === 'logs' ? ' <function>' : ''}`)
    .addOption(stageOption('the stage').default('dev'))
    .option('--region <name>', 'the region; AWS_REGION or eu-central-1 by default')
    .addHelpText('after', `\nExample: npm run ${example}`);

const argumentsOf = ({ stage, region }: StageOptions): string[] => [
  ...['--stage', stage],
  ...(region === undefined ? [] : ['--region', region]),
];

const run = async (args: readonly string[]): Promise<void> => {
  process.exitCode = await runFramework(args);
};

stageCommand(
  'package',
  'writes the template and the artifacts to .serverless/, without any call to AWS',
  'package -- --stage prod',
).action((options: StageOptions) => run(['package', ...argumentsOf(options)]));

stageCommand('deploy', 'packages and deploys; skips what has not changed', 'deploy -- --stage prod')
  .option(
    '--force',
    'deploy what has not changed, too; every function starts anew and reads the secret again',
  )
  .action(({ force, ...options }: StageOptions & { readonly force?: boolean }) =>
    run(['deploy', ...argumentsOf(options), ...(force ? ['--force'] : [])]),
  );

stageCommand('info', 'prints the URLs, functions and outputs of a stage', 'info -- --stage prod').action(
  (options: StageOptions) => run(['info', ...argumentsOf(options)]),
);

interface LogOptions extends StageOptions {
  readonly tail?: boolean;
  readonly filter?: string;
  readonly since?: string;
}
stageCommand('logs', 'prints the log of a function', 'logs -- obtain --stage prod --tail')
  .argument('<function>', 'its name in serverless.yml, such as obtain or authorizer')
  .option('--tail', 'go on printing until Ctrl-C')
  .option('--filter <pattern>', 'print only events that match a CloudWatch filter pattern')
  .option('--since <time>', 'start here: 30m, 2h, 3d, or an ISO 8601 time')
  .action((name: string, { tail, filter, since, ...options }: LogOptions) =>
    run([
      ...['logs', '--function', name, ...argumentsOf(options)],
      ...(tail ? ['--tail'] : []),
      ...(filter === undefined ? [] : ['--filter', filter]),
      ...(since === undefined ? [] : ['--startTime', since]),
    ]),
  );

stageCommand(
  'rollback',
  'lists the deployments of a stage, or deploys one of them again',
  'rollback -- --stage prod --to 1795698160331',
)
  .option('--to <timestamp>', 'the deployment, by its timestamp in the list', parseTimestamp)
  .action(async ({ to, ...options }: StageOptions & { readonly to?: string }) => {
    if (to !== undefined) return run(['rollback', '--timestamp', to, ...argumentsOf(options)]);
    await run(['deploy', 'list', ...argumentsOf(options)]);
    if (process.exitCode === 0) {
      process.stdout.write(
        `\nTo deploy one of them again: npm run rollback -- --stage ${options.stage} --to <timestamp>\n`,
      );
    }
  });

stageCommand(
  'remove',
  'removes the stack of a stage; keeps its table, its secret, and the log role of API Gateway',
  'remove -- --stage prod',
)
  .option('--yes', 'do not ask')
  .action(async ({ yes, ...options }: StageOptions & { readonly yes?: boolean }) => {
    if (!yes && !(await isSure(options.stage))) {
      process.stderr.write('Nothing was removed. Without a terminal, pass --yes.\n');
      process.exitCode = 1;
      return;
    }
    await run(['remove', ...argumentsOf(options)]);
  });

/** @throws {InvalidArgumentError} The framework fails with a stack trace instead. */
function parseTimestamp(text: string): string {
  if (/^\d{13}$/.test(text)) return text;
  throw new InvalidArgumentError('A timestamp has 13 digits, as npm run rollback lists it.');
}

async function isSure(stage: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const message = `Remove the stage ${stage}? Its API stops answering. Its table and its secret are kept.`;
  return confirm({ message, default: false }, { output: process.stderr }).catch(() => false);
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
}
