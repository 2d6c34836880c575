import * as v from 'valibot';
import { InternalError } from '../errors.ts';
import { MIN_KEY_BYTES } from '../tokens/key-set.ts';
import type { Setting } from './setting.ts';
import { SETTINGS, type SettingName, type Settings } from './table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings are missing or invalid. Reports each by name, without its value. */
export class ConfigurationError extends InternalError {
  /** Each starts with the name of the variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

const NAMES = Object.keys(SETTINGS) as SettingName[];

/** Checks every setting that is set. Returns all problems. An empty variable counts as not set. */
export function settingProblems(environment: Environment): string[] {
  const problems = NAMES.flatMap((name) => problemOf(name, environment) ?? []);
  return [...problems, ...keyProblems(environment), ...proxyProblems(environment)];
}

/** Settings as {@link readSettings} returns them: the required ones are never undefined. */
type Read<Name extends SettingName, Required extends SettingName> = Pick<
  Settings,
  Exclude<Name, Required>
> & {
  readonly [Key in Required]: NonNullable<Settings[Key]>;
};

/**
 * Reads settings by their names.
 *
 * @param required the settings among them that must be set
 * @throws {ConfigurationError} with all problems of these settings
 */
export function readSettings<Name extends SettingName, Required extends Name = never>(
  names: readonly Name[],
  environment: Environment,
  required: readonly Required[] = [],
): Read<Name, Required> {
  const problems = [
    ...required.filter((name) => !environment[name]).map((name) => `${name} is not set`),
    ...names.flatMap((name) => problemOf(name, environment) ?? []),
    ...(names.some((name) => name === 'JWT_SECRET_KEY') ? keyProblems(environment) : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const entries = names.map((name) => [name, readValue(name, environment)]);
  // Each value has passed the schema of its row.
  return Object.freeze(Object.fromEntries(entries)) as Read<Name, Required>;
}

const rowOf = (name: SettingName): Setting => SETTINGS[name];

function readValue(name: SettingName, environment: Environment): unknown {
  const text = environment[name];
  const { schema, fallback } = rowOf(name);
  return text ? v.parse(schema, text) : fallback;
}

function problemOf(name: SettingName, environment: Environment): string | undefined {
  const text = environment[name];
  if (!text) return undefined;
  const { issues } = v.safeParse(rowOf(name).schema, text);
  return issues && `${name} ${issues[0].message}`;
}

/** Without the secret, any client could state any address. */
function proxyProblems(environment: Environment): string[] {
  const names = ['TRUSTED_PROXY_HEADER', 'TRUSTED_PROXY_SECRET_SHA256'] as const;
  const missing = names.filter((name) => !environment[name]);
  return missing.length === 1
    ? [`${missing[0]} is not set, but ${names.find((name) => environment[name])} is`]
    : [];
}

/** An HMAC key must be at minimum as long as the output of its hash (RFC 8725 §3.5, RFC 7518 §3.2). */
function keyProblems(environment: Environment): string[] {
  const { JWT_SECRET_KEY } = environment;
  if (!JWT_SECRET_KEY || problemOf('JWT_ALGORITHM', environment) !== undefined) return [];
  const { JWT_ALGORITHM } = readSettings(['JWT_ALGORITHM'], environment);
  const minimum = MIN_KEY_BYTES[JWT_ALGORITHM];
  if (Buffer.byteLength(JWT_SECRET_KEY) >= minimum) return [];
  return [`JWT_SECRET_KEY is shorter than ${minimum} bytes, which ${JWT_ALGORITHM} requires (RFC 8725 §3.5)`];
}
