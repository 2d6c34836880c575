import { randomBytes } from 'node:crypto';
import {
  ParameterAlreadyExists,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { Command } from 'commander';
import { readTokenSettings } from '../../lib/config.ts';
import { tell } from '../../tools/kit/terminal.ts';
import { CLIENT_LIMITS } from '../account.ts';
import { type ConnectionOptions, type StagePart, withStage } from '../connection.ts';
import { CommandError } from '../failure.ts';

/** The minimum of HS512, the longest of the supported algorithms (RFC 8725 section 3.5). */
const SECRET_BYTES = 64;

interface Parameter {
  readonly client: SSMClient;
  readonly region: string;
  readonly name: string;
}

const PARAMETER: StagePart<Parameter> = {
  connect: ({ region, secretParameter }) => ({
    client: new SSMClient({ region, ...CLIENT_LIMITS }),
    region,
    name: secretParameter,
  }),
  describe: ({ secretParameter }) => `parameter ${secretParameter}`,
};

interface CreateOptions extends ConnectionOptions {
  readonly fromEnv?: boolean;
  readonly replace?: boolean;
}

/** Adds the command that stores the signing secret of a stage. */
export function addSecretCommands(program: Command): void {
  program
    .command('secret')
    .description('store the signing secret of a deployed stage, in AWS Systems Manager Parameter Store')
    .command('create')
    .description('store a random secret, or your own, as a SecureString that the functions read')
    .option('--from-env', 'store the value of JWT_SECRET_KEY, for example Django’s secret')
    .option('--replace', 'replace the secret that is stored; every token signed with it ends')
    .addHelpText('after', '\nBefore the first deployment: npm run manage -- secret create --stage prod')
    .action((_: unknown, command: Command) => createSecret(command.optsWithGlobals()));
}

async function createSecret(options: CreateOptions): Promise<void> {
  const { stage, fromEnv = false, replace = false } = options;
  if (stage === undefined) {
    throw new CommandError('Name the stage with --stage. The local secret is made by npm start.');
  }
  const secret = fromEnv ? secretOfEnvironment() : randomBytes(SECRET_BYTES).toString('base64url');
  const question = async ({ name }: { name: string }) =>
    replace
      ? `Replace the secret in ${name}? Every token signed with it ends.`
      : `Store a secret in ${name}?`;
  await withStage(
    { ...options, stage },
    { changes: true, question },
    PARAMETER,
    async ({ client, region, name }) => {
      await put(client, {
        Name: name,
        Description: `Signing secret of the stage ${stage} of Latchkey`,
        Type: 'SecureString',
        Value: secret,
        Overwrite: replace,
      });
      tell(`The secret of ${stage} is in ${name} (${region}).`);
      if (replace)
        tell(
          `Running functions keep the old secret. Replace them: npm run deploy -- --stage ${stage} --force`,
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

/** Reads the secret as the functions will. @throws {ConfigurationError} if it is missing or too short */
function secretOfEnvironment(): string {
  const { JWT_SECRET_KEY, JWT_ALGORITHM } = process.env;
  readTokenSettings({ JWT_SECRET_KEY, JWT_ALGORITHM });
  return JWT_SECRET_KEY ?? '';
}
