import { DEFAULT_REGION, problemOf, readSettings } from '../deploy/settings.ts';
import { ConfigurationError } from '../lib/config.ts';

/** Where the parts of a deployed stage are. */
export interface Stage {
  readonly name: string;
  readonly region: string;
  readonly tableName: string;
  /** The name of the SecureString with the secret. */
  readonly secretParameter: string;
}

/**
 * Finds a stage by the settings that it is deployed with.
 *
 * @throws {ConfigurationError} if a name is not valid: a default in its place would be another table or secret
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
