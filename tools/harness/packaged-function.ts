import { spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';
import { TEST_MS } from './time-limits.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The files of an artifact by path. */
export type Contents = Readonly<Record<string, Uint8Array>>;

/** Reads the files of an artifact. */
export const contentsOf = async (zip: string): Promise<Contents> => unzipSync(await readFile(zip));

/** Returns the name of a function's module in `functions/`. */
export const moduleOf = (name: string): string => (name === 'session' ? 'end-session' : name);

const ARGON2_BINARIES = join('node_modules', 'argon2', 'prebuilds');

/** Unpacks an artifact into a folder, as Lambda does into /var/task. */
export async function unpack(contents: Contents, folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
  // An artifact contains only the binaries for Lambda's system. Running it elsewhere requires those of this system.
  const isNative = Object.keys(contents).some((path) => path.startsWith(ARGON2_BINARIES));
  if (isNative && process.platform !== 'linux') {
    await cp(join(ROOT, ARGON2_BINARIES), join(folder, ARGON2_BINARIES), { recursive: true });
  }
}

/**
 * The script of the child process. It loads the handler, calls it once, and writes the response as the last line, with
 * the time since the process started and since it read its input, in milliseconds.
 */
const RUN = `
  const begun = performance.now();
  const cpuBegun = process.cpuUsage();
  const { module, event, remainingMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const end = performance.now() + remainingMs;
  import(module)
    .then(({ handler }) => handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => end - performance.now() }))
    .then((result) => {
      const respondedMs = performance.now();
      const { user, system } = process.cpuUsage(cpuBegun);
      const times = { respondedMs, loadedMs: respondedMs - begun, cpuMs: (user + system) / 1000 };
      process.stdout.write('\\n' + JSON.stringify({ result, ...times }));
    })
    // Data that is sent without waiting for a response, such as traces, must leave the process first, and so must the output.
    .finally(() => setTimeout(() => process.stdout.write('', () => process.exit()), 100));
`;

/** The result of a first invocation. */
export interface FirstRun {
  readonly result: unknown;
  /** The complete output of the process. */
  readonly output: string;
  /** Time from the start of the process to the response, in milliseconds. */
  readonly respondedMs: number;
  /** Time from the start of loading the function's code to the response, in milliseconds. */
  readonly loadedMs: number;
  /** CPU time from the start of loading the function's code to the response, in milliseconds. */
  readonly cpuMs: number;
}

export interface RunOptions {
  readonly node?: readonly [string, ...string[]] | undefined;
  readonly remainingMs?: number;
}

/**
 * Runs the handler of an unpacked artifact once, in a new process that has only the given environment variables.
 *
 * @param options.node the command that runs Node, with its first arguments
 * @param options.remainingMs the time until the timeout that the function sees, in milliseconds
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
    // Ends a process that hangs.
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
  if (!line.startsWith('{"result"')) throw new Error(`${name} did not respond:\n${output}`);
  return { ...JSON.parse(line), output };
}
