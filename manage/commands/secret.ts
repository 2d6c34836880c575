import { randomBytes } from 'node:crypto';
import { ParameterAlreadyExists, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Command } from 'commander';
import { readTokenSettings } from '../../lib/config.ts';
import { CommandError } from '../failure.ts';
import { stageNamed } from '../stage.ts';
import { tell } from '../terminal.ts';

/** As long as the longest that an algorithm here asks for (RFC 8725 section 3.5). */
const SECRET_BYTES = 64;

interface CreateOptions {
  readonly stage?: string;
  readonly fromEnv?: boolean;
  readonly replace?: boolean;
}

/** Adds the command that keeps what a stage signs its tokens with. */
export function addSecretCommands(program: Command): void {
  program
    .command('secret')
    .description('keep what a deployed stage signs its tokens with, in AWS Systems Manager Parameter Store')
    .command('create')
    .description('make a random secret, or bring one along, as a SecureString that only the functions read')
    .option('--from-env', 'take JWT_SECRET_KEY of the environment, as to bring Django’s')
    .option('--replace', 'put it in the place of the one that is there; every token of that one ends')
    .addHelpText('after', '\nBefore the first deployment: npm run manage -- secret create --stage prod')
    .action((_: unknown, command: Command) => createSecret(command.optsWithGlobals()));
}

async function createSecret({ stage, fromEnv = false, replace = false }: CreateOptions): Promise<void> {
  if (stage === undefined) {
    throw new CommandError('Name the stage with --stage. The local secret is made by npm start.');
  }
  const secret = fromEnv ? secretOfEnvironment() : randomBytes(SECRET_BYTES).toString('base64url');
  const { region, secretParameter } = stageNamed(stage);
  const client = new SSMClient({ region });
  try {
    await client.send(
      new PutParameterCommand({
        Name: secretParameter,
        Description: `What the stage ${stage} of Latchkey signs its tokens with`,
        Type: 'SecureString',
        Value: secret,
        Overwrite: replace,
      }),
    );
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    throw new CommandError(
      `There is a secret in ${secretParameter} already. With --replace, every token signed with it ends.`,
    );
  } finally {
    client.destroy();
  }
  tell(`The secret of ${stage} is in ${secretParameter} (${region}).`);
  if (replace) tell('Deploy again: functions that are running keep the one before.');
}

/** The secret as the functions will read it. @throws {ConfigurationError} when it is missing or too short */
function secretOfEnvironment(): string {
  const { JWT_SECRET_KEY, JWT_ALGORITHM } = process.env;
  readTokenSettings({ JWT_SECRET_KEY, JWT_ALGORITHM });
  return JWT_SECRET_KEY ?? '';
}
