import * as v from 'valibot';
import { InternalError } from '../errors.ts';
import { MIN_KEY_BYTES } from '../tokens/key-set.ts';
import { SETTINGS, type Settings } from './table.ts';

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

/** Checks every setting that is set. Returns all problems. An empty variable counts as not set. */
export const settingProblems = (environment: Environment): string[] => [
  ...problemsOf(v.safeParse(SETTINGS, withoutEmpty(environment)).issues),
  ...keyProblems(environment),
  ...proxyProblems(environment),
];

/** Settings as {@link readSettings} returns them: the required ones are never undefined. */
type Read<Name extends keyof Settings, Required extends Name> = Pick<Settings, Exclude<Name, Required>> & {
  readonly [Key in Required]: NonNullable<Settings[Key]>;
};

/**
 * Reads settings by their names.
 *
 * @param required the settings among them that must be set
 * @throws {ConfigurationError} with all problems of these settings
 */
export function readSettings<Name extends keyof Settings, Required extends Name = never>(
  names: readonly Name[],
  environment: Environment,
  required: readonly Required[] = [],
): Read<Name, Required> {
  const schemas = names.map((name) => {
    const schema = SETTINGS.entries[name];
    return [name, required.some((one) => one === name) ? v.nonOptional(schema, 'is not set') : schema];
  });
  const { output, issues } = v.safeParse(v.object(Object.fromEntries(schemas)), withoutEmpty(environment));
  const problems = problemsOf(issues);
  if (names.some((name) => name === 'JWT_SECRET_KEY')) problems.push(...keyProblems(environment));
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Each value has passed the schema of its row.
  return Object.freeze(output) as Read<Name, Required>;
}

const withoutEmpty = (environment: Environment) =>
  Object.fromEntries(Object.keys(SETTINGS.entries).map((name) => [name, environment[name] || undefined]));

/** Returns the first problem of each setting. */
function problemsOf(issues: readonly v.BaseIssue<unknown>[] = []): string[] {
  const problems = new Map<unknown, string>();
  for (const { path, message } of issues) {
    const name = path?.[0].key;
    if (!problems.has(name)) problems.set(name, `${name} ${message}`);
  }
  return [...problems.values()];
}

/** Without the secret, any client could state any address. */
function proxyProblems(environment: Environment): string[] {
  const names = ['TRUSTED_PROXY_HEADER', 'TRUSTED_PROXY_SECRET_SHA256'] as const;
  const missing = names.filter((name) => !environment[name]);
  return missing.length === 1
    ? [`${missing[0]} is not set, but ${names.find((name) => environment[name])} is`]
    : [];
}

/**
 * Returns the problem of a key that is shorter than the output of its hash. An HMAC key must be at least as long.
 *
 * @see RFC 8725 §3.5, RFC 7518 §3.2
 */
function keyProblems({ JWT_SECRET_KEY, JWT_ALGORITHM }: Environment): string[] {
  const algorithm = v.safeParse(SETTINGS.entries.JWT_ALGORITHM, JWT_ALGORITHM || undefined);
  if (!JWT_SECRET_KEY || !algorithm.success) return [];
  const minimum = MIN_KEY_BYTES[algorithm.output];
  if (Buffer.byteLength(JWT_SECRET_KEY) >= minimum) return [];
  return [
    `JWT_SECRET_KEY is shorter than ${minimum} bytes, which ${algorithm.output} requires (RFC 8725 §3.5)`,
  ];
}
