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
import { clientLimits } from '../account.ts';
import { type ConnectionOptions, type StageResource, withStage } from '../connection.ts';
import { exampleOf } from '../example.ts';
import { CommandError } from '../failure.ts';

/** The minimum for HS512, the algorithm with the longest key (RFC 8725 §3.5). */
const SECRET_BYTES = 64;

interface Parameter {
  readonly client: SSMClient;
  readonly region: string;
  readonly name: string;
}

const PARAMETER: StageResource<Parameter> = {
  connect: ({ region, secretParameter }) => ({
    client: new SSMClient({ region, ...clientLimits() }),
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
    .description('create the signing secret of a deployed stage in AWS Systems Manager Parameter Store')
    .addHelpText('after', exampleOf('secret create --stage prod'))
    .command('create')
    .description('store a random secret, or an existing one, in the SecureString that the functions read')
    .option(
      '--from-env',
      'store the value of JWT_SECRET_KEY, such as the secret of Django, instead of a random one',
    )
    .option('--replace', 'replace the stored secret; tokens that were signed with it are no longer valid')
    .addHelpText('after', `\nRun it before the first deployment.\n${exampleOf('secret create --stage prod')}`)
    .action((_: unknown, command: Command) => {
      const { stage, ...options }: CreateOptions = command.optsWithGlobals();
      if (stage === undefined) command.error('error: Pass --stage. npm start creates the local secret.');
      return createSecret({ ...options, stage });
    });
}

async function createSecret(options: CreateOptions & { readonly stage: string }): Promise<void> {
  const { stage, fromEnv = false, replace = false } = options;
  const secret = fromEnv ? secretOfEnvironment() : randomBytes(SECRET_BYTES).toString('base64url');
  const question = async ({ name }: { name: string }) =>
    replace
      ? `Replace the secret in ${name}? Tokens that were signed with it are no longer valid.`
      : `Store a secret in ${name}?`;
  await withStage(options, { changes: true, question }, PARAMETER, async ({ client, region, name }) => {
    await put(client, {
      Name: name,
      Description: `Signing secret of the stage ${stage} of Latchkey`,
      Type: 'SecureString',
      Value: secret,
      Overwrite: replace,
    });
    tell(`The secret of ${stage} is stored in ${name} (${region}).`);
    if (replace)
      tell(
        `Running functions still use the old secret. Replace them, together with all other settings of the stage, with: npm run deploy -- --stage ${stage} --force`,
      );
  });
}

/** Stores the parameter. @throws {CommandError} if it exists and `Overwrite` is false */
async function put(client: SSMClient, parameter: PutParameterCommandInput): Promise<void> {
  try {
    await client.send(new PutParameterCommand(parameter));
  } catch (error) {
    if (!(error instanceof ParameterAlreadyExists)) throw error;
    throw new CommandError(
      `${parameter.Name} already contains a secret. Pass --replace to replace it; tokens that were signed with it are no longer valid.`,
    );
  }
}

/** Reads the secret by the rules of the functions. @throws {ConfigurationError} if it is missing or too short */
function secretOfEnvironment(): string {
  const { JWT_SECRET_KEY, JWT_ALGORITHM } = process.env;
  readTokenSettings({ JWT_SECRET_KEY, JWT_ALGORITHM });
  return JWT_SECRET_KEY ?? '';
}
