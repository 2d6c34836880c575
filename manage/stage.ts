import { DEFAULT_REGION, problemOf, readSettings } from '../deploy/settings.ts';
import { ConfigurationError } from '../lib/config.ts';

/** The resources of a deployed stage. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  readonly tableName: string;
  /** The name of the SecureString parameter that holds the signing secret. */
  readonly secretParameter: string;
}

/**
 * Returns the resource names of a stage, from the same settings as its deployment.
 *
 * @throws {ConfigurationError} if a name is not valid. The default would be the table or secret of another deployment.
 */
export function stageNamed(name: string, environment: NodeJS.ProcessEnv = process.env): Stage {
  const problems = (['TABLE_NAME', 'JWT_SECRET_PARAMETER'] as const).flatMap(
    (setting) => problemOf(setting, environment) ?? [],
  );
  if (problems.length > 0) throw new ConfigurationError(problems);
  const { TABLE_NAME, JWT_SECRET_PARAMETER } = readSettings(name, environment);
  return {
    name,
    region: environment.AWS_REGION || DEFAULT_REGION,
    tableName: TABLE_NAME,
    secretParameter: JWT_SECRET_PARAMETER,
  };
}
