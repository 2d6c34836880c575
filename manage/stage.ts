import { InvalidArgumentError, Option } from 'commander';
import { DEFAULT_REGION, isStageName, readSettings, STAGE_NAME_RULE } from '../deploy/settings.ts';

/** Makes the option `--stage`. An empty name, as of an unset shell variable, is refused. */
export const stageOption = (description: string): Option =>
  new Option('--stage <name>', description).argParser((name: string) => {
    if (isStageName(name)) return name;
    throw new InvalidArgumentError(STAGE_NAME_RULE);
  });

/** Where the parts of a deployed stage are. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  readonly tableName: string;
  /** The name of the SecureString with the secret. */
  readonly secretParameter: string;
}

/** Finds a stage by the settings that it is deployed with. */
export function stageNamed(name: string, environment: NodeJS.ProcessEnv = process.env): Stage {
  const { TABLE_NAME, JWT_SECRET_PARAMETER } = readSettings(name, environment);
  return {
    name,
    region: environment.AWS_REGION || DEFAULT_REGION,
    tableName: TABLE_NAME,
    secretParameter: JWT_SECRET_PARAMETER,
  };
}
