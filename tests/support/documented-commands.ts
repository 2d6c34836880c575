import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as cloudformation from '@aws-sdk/client-cloudformation';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import { type Command, CommanderError } from 'commander';
import * as v from 'valibot';
import { expect } from 'vitest';
import { DEPLOYMENT_SETTINGS } from '../../deploy/settings.ts';
import { SETTINGS } from '../../lib/settings/table.ts';
import { createProgram } from '../../manage/program.ts';
import { builtRoot } from './programs.ts';
import { runScript } from './run-script.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const manifest = v.parse(
  v.object({ scripts: v.record(v.string(), v.string()) }),
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
);

/** The scripts of `package.json`. */
export const SCRIPTS: readonly string[] = Object.keys(manifest.scripts);

/** Programs that are not part of the project. Tests cannot determine their options. */
const FOREIGN = new Set(['python', 'python3', '.venv/bin/pip', 'git', 'cat']);
/** Programs that npx downloads. */
const DOWNLOADED = ['newman'];
const NPM_COMMANDS = ['ci', 'install', 'start', 'test', 'version'];
const VARIABLES: readonly string[] = [
  ...Object.keys(SETTINGS.entries),
  ...Object.keys(DEPLOYMENT_SETTINGS),
  ...['PORT', 'LATCHKEY_DATA_DIR', 'ARM64_NODE', 'WYCHEPROOF_DIR'],
];

/**
 * Checks a documented shell command without running it: its variables must be settings, and its program must have its
 * options.
 *
 * @param mayLackArguments whether the command may lack arguments, such as one within a sentence
 */
export async function checkCommand(text: string, mayLackArguments = false): Promise<void> {
  const words = wordsOf(text);
  const start = words.findIndex((word) => !/^[A-Z_\d]+=/.test(word));
  const [program = '', ...args] = start < 0 ? [] : words.slice(start);
  const assignments = program === 'export' ? args : words.slice(0, start < 0 ? words.length : start);
  for (const assignment of assignments) expect(VARIABLES).toContain(assignment.split('=')[0]);
  if (program === '' || program === 'export' || FOREIGN.has(program)) return;
  if (program === 'npm') await checkNpm(args, mayLackArguments);
  else if (program === 'npx') checkNpx(args);
  else if (program === 'aws') checkAws(args);
  else expect.fail(`nothing checks the program ${program}`);
}

/** Splits a command into words, without their quotes. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, one, two, word]) => one ?? two ?? word ?? '');

const optionsOf = (args: readonly string[]): string[] =>
  args.filter((word) => word.startsWith('--') && word !== '--').map((word) => word.split('=')[0] ?? '');

async function checkNpm([command = '', name = '', ...rest]: string[], mayLackArguments: boolean) {
  if (command !== 'run') return expect(NPM_COMMANDS).toContain(command);
  expect(SCRIPTS).toContain(name);
  const args = rest[0] === '--' ? rest.slice(1) : rest;
  if (name === 'manage' && args[0] !== '--help') return parse(args, mayLackArguments);
  if (optionsOf(args).length === 0) return;
  const help = await helpOf(name);
  for (const option of optionsOf(args)) expect(help).toMatch(new RegExp(`^ +(-\\w, )?${option}\\b`, 'm'));
}

/** Error codes of Commander for missing arguments, and for `--help` and `--version`. */
const INCOMPLETE = [
  'commander.missingArgument',
  'commander.missingMandatoryOptionValue',
  'commander.help',
  'commander.version',
];

/** Parses a command line of `npm run manage` with its own parser. No action runs. */
async function parse(args: readonly string[], mayLackArguments: boolean): Promise<void> {
  try {
    await disarm(createProgram()).parseAsync(args, { from: 'user' });
  } catch (error) {
    const code = error instanceof CommanderError ? error.code : undefined;
    if (code === 'commander.version' || (mayLackArguments && INCOMPLETE.includes(code ?? ''))) return;
    throw error;
  }
}

function disarm(command: Command): Command {
  if (command.commands.length === 0) command.action(() => {});
  else for (const one of command.commands) disarm(one);
  return command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
}

const helps = new Map<string, Promise<string>>();

/** Returns the `--help` output of a script of the project. */
function helpOf(script: string): Promise<string> {
  const [, args = ''] = /--import tsx (.+)$/.exec(manifest.scripts[script] ?? '') ?? [];
  const [source = '', ...rest] = args.split(' ');
  const bundled = join(builtRoot(), source.replace(/\.ts$/, '.mjs'));
  const file = existsSync(bundled) ? bundled : source;
  const help = helps.get(script) ?? runScript(ROOT, [file, ...rest, '--help']).then(({ output }) => output);
  helps.set(script, help);
  return help;
}

function checkNpx([program = '', ...args]: readonly string[]): void {
  if (!DOWNLOADED.includes(program))
    expect(existsSync(`${ROOT}node_modules/.bin/${program}`), program).toBe(true);
  for (const path of args.filter((word) => word.includes('/')))
    expect(existsSync(`${ROOT}${path}`), path).toBe(true);
}

const CLIENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { dynamodb, cloudformation };
/** An SDK schema lists the parameters of a request in its fifth member. */
const parametersSchema = v.pipe(
  v.array(v.unknown()),
  v.transform((schema) => schema[4]),
  v.array(v.string()),
);

/** Checks the operation and options of an `aws` command. They correspond to the names in the API. */
function checkAws([service = '', operation = '', ...args]: readonly string[]): void {
  const client = CLIENTS[service] ?? {};
  // `aws dynamodb wait table-exists` calls DescribeTable.
  const name = operation === 'wait' ? 'DescribeTable' : toPascalCase(operation);
  const parameters = v.parse(parametersSchema, client[`${name}Input$`]);
  for (const option of optionsOf(args).filter((option) => option !== '--region')) {
    expect(parameters).toContain(toPascalCase(option.replace(/^--(no-)?/, '')));
  }
}

const toPascalCase = (name: string): string =>
  name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
