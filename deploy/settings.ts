import * as v from 'valibot';
import {
  ConfigurationError,
  readAllowedOrigins,
  readAuthorizationPrefix,
  readPasswordRules,
  readRefusalStep,
  readSessionRules,
  readThrottleSettings,
  readTokenSettings,
} from '../lib/config.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingValue = string | number;

interface Setting<Value extends SettingValue = SettingValue> {
  /** The value if the variable is not set; names of a stage contain the stage. */
  readonly fallback: (stage: string) => Value;
  readonly schema: v.GenericSchema<string, Value>;
}

const setting = <Value extends SettingValue>(
  fallback: Value | ((stage: string) => Value),
  schema: v.GenericSchema<string, Value>,
): Setting<Value> => ({ fallback: typeof fallback === 'function' ? fallback : () => fallback, schema });

const whole = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `is not a whole number from ${least} to ${most}`,
    ),
    v.transform(Number),
  );
const matching = (pattern: RegExp, problem: string) => v.pipe(v.string(), v.regex(pattern, problem));

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Stands for a setting that is off: conditions of the template compare with it. */
const OFF = '';

/**
 * The settings that only a deployment reads, by environment variable. `serverless.yml` refers to each as
 * `${setting:NAME}`, so a number reaches the template as a number.
 */
const SETTINGS = {
  /** The table of the stage. */
  TABLE_NAME: setting(
    (stage) => `latchkey-${stage}`,
    matching(/^[\w.-]{3,255}$/, 'is not a table name: 3 to 255 letters, digits and . _ -'),
  ),
  /** Whether the stack creates the table. If false, the stage uses an existing table. */
  CREATE_TABLE: setting<'true' | 'false'>(
    'true',
    v.pipe(v.string(), v.picklist(['true', 'false'], 'is neither true nor false')),
  ),
  /** The SecureString of Parameter Store that holds the signing secret. Its ARN relies on the leading slash. */
  JWT_SECRET_PARAMETER: setting(
    (stage) => `/latchkey/${stage}/jwt-secret-key`,
    matching(
      /^(?!\/(aws|ssm)\b)(\/[\w.-]+){1,15}$/i,
      'is not the path of a parameter, such as /latchkey/prod/jwt-secret-key',
    ),
  ),
  /** Logins that run at the same time. `none` shares the concurrency of the account, which a new account needs. */
  OBTAIN_RESERVED_CONCURRENCY: setting<number | 'none'>(
    'none',
    v.union([v.literal('none'), whole(1, 100_000)], 'is neither none nor a whole number from 1 to 100000'),
  ),
  /** Requests per second. */
  API_RATE_LIMIT: setting(100, whole(1, 1_000_000)),
  /** Requests at once. */
  API_BURST_LIMIT: setting(200, whole(1, 1_000_000)),
  /** Requests per address in five minutes; off without. */
  WAF_RATE_LIMIT: setting<number | string>(OFF, whole(10, 2_000_000_000)),
  /** Seconds that API Gateway caches an answer of the authorizer. */
  AUTHORIZER_RESULT_TTL_SECONDS: setting(0, whole(0, 3600)),
  LOG_RETENTION_DAYS: setting(
    30,
    v.pipe(
      v.string(),
      v.transform(Number),
      v.picklist(RETENTION_DAYS, `is not one of ${RETENTION_DAYS.join(', ')}`),
    ),
  ),
  /** The domain name of the API. */
  API_DOMAIN: setting(
    OFF,
    matching(
      /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]$/,
      'is not a domain name',
    ),
  ),
  /** The certificate of that domain, in the region of the stage. */
  API_CERTIFICATE_ARN: setting(
    OFF,
    matching(
      /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
      'is not the ARN of a certificate of AWS Certificate Manager',
    ),
  ),
  /** Receives alarms. */
  ALARM_EMAIL: setting(OFF, v.pipe(v.string(), v.email('is not an e-mail address'))),
  /** Refused logins in five minutes that raise an alarm. */
  ALARM_FAILED_LOGINS: setting(200, whole(1, 1_000_000)),
};

type Settings = typeof SETTINGS;
export type DeploymentSettings = {
  readonly [Name in keyof Settings]: ReturnType<Settings[Name]['fallback']>;
};

export const isSettingName = (name: string): name is keyof Settings => Object.hasOwn(SETTINGS, name);

/** Reads one setting. Returns the default if the value is not valid: {@link problemsOf} reports it. */
export function readSetting(name: keyof Settings, stage: string, environment: Environment): SettingValue {
  const { schema, fallback }: Setting = SETTINGS[name];
  const result = v.safeParse(schema, environment[name] || undefined);
  return result.success ? result.output : fallback(stage);
}

/** Reads all settings. */
export const readSettings = (stage: string, environment: Environment): DeploymentSettings =>
  Object.fromEntries(
    Object.keys(SETTINGS)
      .filter(isSettingName)
      .map((name) => [name, readSetting(name, stage, environment)]),
  ) as DeploymentSettings;

/** The region of a stage if none is given, as in `serverless.yml`. */
export const DEFAULT_REGION = 'eu-central-1';

export const STAGE_NAME_RULE =
  'A stage name is a lower-case letter, followed by up to 31 lower-case letters, digits and hyphens.';

/** A stage name is part of the names of the stack, its bucket and its functions: none may exceed 64 characters. */
export const isStageName = (name: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(name);

export interface DeploymentTarget {
  readonly stage: string;
  readonly region: string;
}

/**
 * Checks every setting that a deployment reads or passes to a function. Returns all problems, each with the name of its
 * variable and without its value.
 */
export function problemsOf({ stage, region }: DeploymentTarget, environment: Environment): string[] {
  const problems = isStageName(stage) ? [] : [`--stage: ${STAGE_NAME_RULE}`];
  for (const [name, { schema }] of Object.entries<Setting>(SETTINGS)) {
    const value = environment[name];
    if (!value) continue;
    const { issues } = v.safeParse(schema, value);
    if (issues !== undefined) problems.push(`${name} ${issues[0].message}`);
  }
  const { API_DOMAIN, API_CERTIFICATE_ARN } = environment;
  if (API_DOMAIN && !API_CERTIFICATE_ARN) problems.push('API_CERTIFICATE_ARN is not set, but API_DOMAIN is');
  if (API_CERTIFICATE_ARN && !API_DOMAIN) problems.push('API_DOMAIN is not set, but API_CERTIFICATE_ARN is');
  if (API_CERTIFICATE_ARN?.startsWith('arn:') && API_CERTIFICATE_ARN.split(':')[3] !== region) {
    problems.push(`API_CERTIFICATE_ARN is not in the region of the stage, ${region}`);
  }
  return [...problems, ...functionProblems(stage, environment)];
}

/** The problems that a function would report at its start. */
function functionProblems(stage: string, environment: Environment): string[] {
  const deployed = {
    ...environment,
    JWT_SECRET_KEY: undefined,
    JWT_SECRET_PARAMETER: String(readSetting('JWT_SECRET_PARAMETER', stage, environment)),
  };
  const readers = [
    readAllowedOrigins,
    readAuthorizationPrefix,
    readPasswordRules,
    readRefusalStep,
    readSessionRules,
    readThrottleSettings,
    (each: Environment) => readTokenSettings(each, async () => ''),
  ];
  const problems = readers.flatMap((read) => {
    try {
      read(deployed);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems;
      throw error;
    }
  });
  return [...new Set(problems)];
}
