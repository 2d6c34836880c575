import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyProject } from '../support/package-service.ts';
import { type CommandResult, runScript } from '../support/run-script.ts';
import type { Emulator } from './emulator.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The framework polls for the end of a stack operation without a time limit. */
const COMMAND_TIMEOUT_MS = 300_000;

/** A stage on an emulator, deployed from a copy of the project that a test may change. */
export class Stage {
  readonly name: string;
  readonly #emulator: Emulator;
  readonly #root: string;

  private constructor(name: string, emulator: Emulator, root: string) {
    this.name = name;
    this.#emulator = emulator;
    this.#root = root;
  }

  static async create(name: string, emulator: Emulator): Promise<Stage> {
    return new Stage(name, emulator, await copyProject());
  }

  /** Runs a deployment command: deploy, info, logs, rollback or remove. */
  deployment(
    command: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    return this.#run(this.#root, ['deploy/index.ts', command, '--stage', this.name, ...args], env);
  }

  /** Runs a command of manage on this stage. */
  manage(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.#run(ROOT, ['manage/index.ts', ...args, '--stage', this.name, '--yes'], env);
  }

  /** Runs the smoke checks against the API of this stage. */
  async smoke(env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.#run(ROOT, ['tools/smoke/index.ts', await this.url(), '--stage', this.name], env);
  }

  /** Returns the URL of the API on the emulator, which serves every API on its own address. */
  async url(): Promise<string> {
    const { output } = await this.deployment('info');
    const [, id] = /API:\s+https:\/\/([a-z0-9]+)\.execute-api/.exec(output) ?? [];
    if (id === undefined) throw new Error(`The stage ${this.name} has no URL:\n${output}`);
    return `${this.#emulator.endpoint}/_aws/execute-api/${id}/${this.name}`;
  }

  /** Replaces text in a file of the copied project. */
  async edit(path: string, from: string, to: string): Promise<void> {
    const file = join(this.#root, path);
    const text = await readFile(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${path} does not contain the text to replace`);
    await writeFile(file, text.replace(from, to));
  }

  async discard(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  #run(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<CommandResult> {
    return runScript(cwd, args, { ...this.#emulator.env, ...env }, COMMAND_TIMEOUT_MS);
  }
}
