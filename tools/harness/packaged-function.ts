import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { TEST_MS } from './time-limits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Files of an artifact by their path in it. */
export type Contents = Readonly<Record<string, Uint8Array>>;

/** Reads what is in an artifact. */
export const contentsOf = async (zip: string): Promise<Contents> => unzipSync(await readFile(zip));

/** Returns the name of the module of a function, in `functions/`. */
export const moduleOf = (name: string): string => (name === 'session' ? 'end-session' : name);

const ARGON2_BINARIES = join('node_modules', 'argon2', 'prebuilds');

/** Unpacks an artifact into a folder, as Lambda does below /var/task. */
export async function unpack(contents: Contents, folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  // An artifact holds the binaries of Lambda's system; to run it elsewhere takes those of this one.
  const isNative = Object.keys(contents).some((path) => path.startsWith(ARGON2_BINARIES));
  if (isNative && process.platform !== 'linux') {
    await cp(join(ROOT, ARGON2_BINARIES), join(folder, ARGON2_BINARIES), { recursive: true });
  }
}

/**
 * What the new process does: it loads the handler, calls it once, and writes the answer as the last line, with the
 * milliseconds that it took since the process began and since it was told what to load.
 */
const RUN = `
  const begun = performance.now();
  const { module, event, remainingMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const end = performance.now() + remainingMs;
  import(module)
    .then(({ handler }) => handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => end - performance.now() }))
    .then((answer) => {
      const answeredMs = performance.now();
      process.stdout.write('\\n' + JSON.stringify({ answer, answeredMs, loadedMs: answeredMs - begun }));
    })
    // What is sent without waiting for an answer, as traces are, leaves first.
    .finally(() => setTimeout(() => process.exit(), 100));
`;

/** A first invocation. */
export interface FirstRun {
  readonly answer: unknown;
  /** Everything that the process wrote. */
  readonly output: string;
  /** From the beginning of the process to the answer. */
  readonly answeredMs: number;
  /** From the beginning of the function's own code to the answer. */
  readonly loadedMs: number;
}

export interface RunOptions {
  readonly node?: readonly [string, ...string[]] | undefined;
  readonly remainingMs?: number;
}

/**
 * Runs the handler of an unpacked artifact once, in a process of its own with nothing else in its environment.
 *
 * @param options.node the command that runs Node, with its first arguments
 * @param options.remainingMs what the function believes to have left
 */
export async function runHandler(
  folder: string,
  name: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
  { node = [process.execPath], remainingMs = 10_000 }: RunOptions = {},
): Promise<FirstRun> {
  const [program, ...args] = node;
  const child = spawn(program, [...args, '--input-type=commonjs', '-e', RUN], {
    cwd: folder,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // One that hangs is no reason to leave a process behind.
    timeout: TEST_MS,
    killSignal: 'SIGKILL',
  });
  const module = pathToFileURL(join(folder, 'functions', `${moduleOf(name)}.mjs`)).href;
  child.stdin.end(JSON.stringify({ module, event, remainingMs }));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await new Promise((resolve) => child.once('close', resolve));
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  if (!line.startsWith('{"answer"')) throw new Error(`${name} did not answer:\n${output}`);
  return { ...JSON.parse(line), output };
}
