import { InvalidArgumentError, Option } from 'commander';

/** The region of a deployment that names none, as in `serverless.yml`. */
const DEFAULT_REGION = 'eu-central-1';

/** Makes the option `--stage`. An empty name, as of an unset shell variable, is refused. */
export const stageOption = (description: string): Option =>
  new Option('--stage <name>', description).argParser((name: string) => {
    if (/^[\w-]+$/.test(name)) return name;
    throw new InvalidArgumentError('A stage is named by letters, digits, - and _.');
  });

/** Where the parts of a deployed stage are. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  readonly tableName: string;
  /** The name of the SecureString with the secret. */
  readonly secretParameter: string;
}

/** Finds a stage by the settings that `serverless.yml` deploys it with, and the same defaults. */
export function stageNamed(name: string, environment: NodeJS.ProcessEnv = process.env): Stage {
  const { AWS_REGION, TABLE_NAME, JWT_SECRET_PARAMETER } = environment;
  return {
    name,
    region: AWS_REGION || DEFAULT_REGION,
    tableName: TABLE_NAME || `latchkey-${name}`,
    secretParameter: JWT_SECRET_PARAMETER || `/latchkey/${name}/jwt-secret-key`,
  };
}
