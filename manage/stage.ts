/** The region of a deployment that names none, as in `serverless.yml`. */
const DEFAULT_REGION = 'eu-central-1';

/** Where the parts of a deployed stage are. */
export interface Stage {
  readonly region: string;
  readonly tableName: string;
  /** The name of the SecureString with the secret. */
  readonly secretParameter: string;
}

/** Finds a stage by the settings that `serverless.yml` deploys it with, and the same defaults. */
export function stageNamed(name: string, environment: NodeJS.ProcessEnv = process.env): Stage {
  const { AWS_REGION, TABLE_NAME, JWT_SECRET_PARAMETER } = environment;
  return {
    region: AWS_REGION || DEFAULT_REGION,
    tableName: TABLE_NAME || `latchkey-${name}`,
    secretParameter: JWT_SECRET_PARAMETER || `/latchkey/${name}/jwt-secret-key`,
  };
}
