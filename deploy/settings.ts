import * as v from 'valibot';
import { FUNCTIONS, type FunctionName, SETTING_DETAILS } from '../lib/settings/details.ts';
import { type Environment, settingProblems } from '../lib/settings/read.ts';
import { unsupportedProblems } from './unsupported-settings.ts';

export type SettingValue = string | number;

export interface DeploymentSetting<Value extends SettingValue = SettingValue> {
  /** The description on the page of settings. */
  readonly description: string;
  /** Returns the value if the variable is not set. Names of resources contain the stage. */
  readonly fallback: (stage: string) => Value;
  /** Parses the variable. The message of an issue completes a sentence that starts with the name. */
  readonly schema: v.GenericSchema<string, Value>;
}

const setting = <Value extends SettingValue>(
  description: string,
  fallback: Value | ((stage: string) => Value),
  schema: v.GenericSchema<string, Value>,
): DeploymentSetting<Value> => ({
  description,
  fallback: typeof fallback === 'function' ? fallback : () => fallback,
  schema,
});

const integer = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
      `is not a whole number from ${least} to ${most}`,
    ),
    v.transform(Number),
  );
const trueOrFalse = v.pipe(v.string(), v.picklist(['true', 'false'], 'is neither true nor false'));
const matching = (pattern: RegExp, problem: string) => v.pipe(v.string(), v.regex(pattern, problem));

/** @see https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The value of a setting that is off. Conditions of the template compare with it. */
const OFF = '';

/**
 * The settings that only a deployment reads, by environment variable. `serverless.yml` refers to each as
 * `${setting:NAME}`, so a number reaches the template as a number.
 */
export const DEPLOYMENT_SETTINGS = {
  TABLE_NAME: setting(
    'The table of the stage.',
    (stage) => `latchkey-${stage}`,
    matching(/^[\w.-]{3,255}$/, 'is not a table name: 3 to 255 letters, digits and . _ -'),
  ),
  CREATE_TABLE: setting<'true' | 'false'>(
    'Whether the stack creates the table. If false, the stage uses an existing table.',
    'true',
    trueOrFalse,
  ),
  JWT_SECRET_PARAMETER: setting(
    'The SecureString parameter of Parameter Store that holds the signing secret. It starts with a slash.',
    (stage) => `/latchkey/${stage}/jwt-secret-key`,
    matching(
      /^(?!\/(aws|ssm)\b)(\/[\w.-]+){1,15}$/i,
      'is not the path of a parameter, such as /latchkey/prod/jwt-secret-key',
    ),
  ),
  OBTAIN_RESERVED_CONCURRENCY: setting<number | 'none'>(
    'The reserved concurrency of logins. `none` uses the concurrency of the account. A new account cannot reserve any.',
    'none',
    v.union([v.literal('none'), integer(1, 100_000)], 'is neither none nor a whole number from 1 to 100000'),
  ),
  API_RATE_LIMIT: setting('The maximum of requests per second of the stage.', 100, integer(1, 1_000_000)),
  API_BURST_LIMIT: setting('The maximum burst of requests of the stage.', 200, integer(1, 1_000_000)),
  WAF_RATE_LIMIT: setting<number | string>(
    'The maximum of requests per IP address in five minutes, at least 10. Uses AWS WAF, which has a fee.',
    OFF,
    integer(10, 2_000_000_000),
  ),
  AUTHORIZER_RESULT_TTL_SECONDS: setting(
    'How long API Gateway caches results of the authorizer, in seconds. A logout takes effect after that time.',
    0,
    integer(0, 3600),
  ),
  LOG_RETENTION_DAYS: setting(
    'The retention of logs in days.',
    30,
    v.pipe(
      v.string(),
      v.transform(Number),
      v.picklist(RETENTION_DAYS, `is not one of ${RETENTION_DAYS.join(', ')}`),
    ),
  ),
  DOCS: setting<'true' | 'false'>(
    'Whether the stage has the [page for trying the API](api.md#the-docs-page). The local service always has it.',
    'false',
    trueOrFalse,
  ),
  API_DOMAIN: setting(
    'The domain name of the API.',
    OFF,
    matching(
      /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z]$/,
      'is not a domain name',
    ),
  ),
  API_CERTIFICATE_ARN: setting(
    'The certificate of the domain, in the region of the stage.',
    OFF,
    matching(
      /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
      'is not the ARN of a certificate of AWS Certificate Manager',
    ),
  ),
  ALARM_EMAIL: setting(
    'The address that receives alarms.',
    OFF,
    v.pipe(v.string(), v.email('is not an e-mail address')),
  ),
  ALARM_FAILED_LOGINS: setting(
    'The number of rejected logins in five minutes that raises an alarm.',
    200,
    integer(1, 1_000_000),
  ),
};

type Settings = typeof DEPLOYMENT_SETTINGS;
export type DeploymentSettings = {
  readonly [Name in keyof Settings]: ReturnType<Settings[Name]['fallback']>;
};

export const isSettingName = (name: string): name is keyof Settings =>
  Object.hasOwn(DEPLOYMENT_SETTINGS, name);

const SETTING_NAMES = Object.keys(DEPLOYMENT_SETTINGS).filter(isSettingName);

/** Reads one setting. Returns the default if the value is not valid: {@link problemOf} reports it. */
export function readSetting(name: keyof Settings, stage: string, environment: Environment): SettingValue {
  const { schema, fallback }: DeploymentSetting = DEPLOYMENT_SETTINGS[name];
  const result = v.safeParse(schema, environment[name] || undefined);
  return result.success ? result.output : fallback(stage);
}

/** Returns the problem of one setting, a sentence that starts with the name. An empty variable counts as not set. */
export function problemOf(name: keyof Settings, environment: Environment): string | undefined {
  const value = environment[name];
  if (!value) return undefined;
  const { schema }: DeploymentSetting = DEPLOYMENT_SETTINGS[name];
  const { issues } = v.safeParse(schema, value);
  return issues && `${name} ${issues[0].message}`;
}

/** Returns the problems of all deployment settings and of unsupported ones, each with the name of its variable. */
export const deploymentProblems = (environment: Environment): string[] => [
  ...SETTING_NAMES.flatMap((name) => problemOf(name, environment) ?? []),
  ...unsupportedProblems(environment),
];

/** Reads all settings. */
export const readSettings = (stage: string, environment: Environment): DeploymentSettings =>
  Object.fromEntries(
    SETTING_NAMES.map((name) => [name, readSetting(name, stage, environment)]),
  ) as DeploymentSettings;

/** The default region, as in `serverless.yml`. */
export const DEFAULT_REGION = 'eu-central-1';

export const STAGE_NAME_RULE =
  'A stage name is a lower-case letter, followed by up to 31 lower-case letters, digits and hyphens.';

/** The names of the stack, its bucket and its functions contain the stage name. None may exceed 64 characters. */
export const isStageName = (name: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(name);

export interface DeploymentTarget {
  readonly stage: string;
  readonly region: string;
}

/**
 * Checks every setting that a deployment reads or passes to a function. Returns all problems, each with the name of the
 * variable and without its value.
 */
export function problemsOf({ stage, region }: DeploymentTarget, environment: Environment): string[] {
  const problems = isStageName(stage) ? [] : [`--stage: ${STAGE_NAME_RULE}`];
  problems.push(...deploymentProblems(environment));
  const { API_DOMAIN, API_CERTIFICATE_ARN } = environment;
  if (API_DOMAIN && !API_CERTIFICATE_ARN) problems.push('API_CERTIFICATE_ARN is not set, but API_DOMAIN is');
  if (API_CERTIFICATE_ARN && !API_DOMAIN) problems.push('API_DOMAIN is not set, but API_CERTIFICATE_ARN is');
  if (API_CERTIFICATE_ARN?.startsWith('arn:') && API_CERTIFICATE_ARN.split(':')[3] !== region) {
    problems.push(`API_CERTIFICATE_ARN is not in the region of the stage, ${region}`);
  }
  // The secret is not part of a deployment. The settings of this table are checked above.
  const service = Object.entries(environment).filter(
    ([name]) => name !== 'JWT_SECRET_KEY' && !isSettingName(name),
  );
  return [...problems, ...settingProblems(Object.fromEntries(service))];
}

export const isFunctionName = (name: string): name is FunctionName => FUNCTIONS.some((each) => each === name);

/**
 * Returns the environment of a function: the settings that it reads and that are set, and the names that contain the
 * stage.
 */
export function functionEnvironment(
  name: FunctionName,
  stage: string,
  environment: Environment,
): Record<string, string> {
  const ofStage: Environment = {
    TABLE_NAME: String(readSetting('TABLE_NAME', stage, environment)),
    JWT_SECRET_PARAMETER: String(readSetting('JWT_SECRET_PARAMETER', stage, environment)),
    POWERTOOLS_SERVICE_NAME: `latchkey-${stage}`,
  };
  return Object.fromEntries(
    Object.entries(SETTING_DETAILS).flatMap(([variable, { functions }]) => {
      const value = ofStage[variable] ?? environment[variable];
      return value && functions.some((each) => each === name) ? [[variable, value]] : [];
    }),
  );
}
