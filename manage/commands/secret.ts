import { randomBytes } from 'node:crypto';
import {
  ParameterAlreadyExists,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Command } from 'commander';
import { readTokenSettings } from '../../lib/config.ts';
import { CLIENT_LIMITS } from '../account.ts';
import { type ConnectionOptions, withStage } from '../connection.ts';
import { CommandError } from '../failure.ts';
import type { Stage } from '../stage.ts';
import { tell } from '../terminal.ts';

/** As long as the longest that an algorithm here asks for (RFC 8725 section 3.5). */
const SECRET_BYTES = 64;

interface CreateOptions extends ConnectionOptions {
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

async function createSecret(options: CreateOptions): Promise<void> {
  const { stage, fromEnv = false, replace = false } = options;
  if (stage === undefined) {
    throw new CommandError('Name the stage with --stage. The local secret is made by npm start.');
  }
  const secret = fromEnv ? secretOfEnvironment() : randomBytes(SECRET_BYTES).toString('base64url');
  const connect = ({ region, secretParameter }: Stage) => ({
    client: new SSMClient({ region, ...CLIENT_LIMITS }),
    region,
    name: secretParameter,
  });
  const question = async ({ name }: { name: string }) =>
    replace
      ? `Replace the secret in ${name}? Every token signed with it ends.`
      : `Store a secret in ${name}?`;
  await withStage(
    { ...options, stage },
    { changes: true, question },
    connect,
    async ({ client, region, name }) => {
      await put(client, {
        Name: name,
        Description: `What the stage ${stage} of Latchkey signs its tokens with`,
        Type: 'SecureString',
        Value: secret,
        Overwrite: replace,
      });
      tell(`The secret of ${stage} is in ${name} (${region}).`);
      if (replace)
        tell(
          `Functions that are running keep the one before. Replace them: npm run deploy -- --stage ${stage} --force`,
        );
    },
  );
}

/** @throws {CommandError} if the parameter exists and is not to be overwritten */
async function put(client: SSMClient, parameter: PutParameterCommandInput): Promise<void> {
  try {
    await client.send(new PutParameterCommand(parameter));
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    throw new CommandError(
      `There is a secret in ${parameter.Name} already. With --replace, every token signed with it ends.`,
    );
  }
}

/** The secret as the functions will read it. @throws {ConfigurationError} when it is missing or too short */
function secretOfEnvironment(): string {
  const { JWT_SECRET_KEY, JWT_ALGORITHM } = process.env;
  readTokenSettings({ JWT_SECRET_KEY, JWT_ALGORITHM });
  return JWT_SECRET_KEY ?? '';
}
