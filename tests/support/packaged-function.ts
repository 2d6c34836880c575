import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unzipSync } from 'fflate';

/** Files of an artifact by their path in it. */
export type Contents = Readonly<Record<string, Uint8Array>>;

/** Reads what is in an artifact. */
export const contentsOf = async (zip: string): Promise<Contents> => unzipSync(await readFile(zip));

/** Unpacks an artifact into a folder, as Lambda does below /var/task. */
export async function unpack(contents: Contents, folder: string): Promise<void> {
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), bytes);
  }
}

/** What the new process does: it loads the handler, calls it once, and writes the answer as the last line. */
const RUN = `
  const { module, event, remainingMs } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
  const end = performance.now() + remainingMs;
  import(module)
    .then(({ handler }) => handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => end - performance.now() }))
    .then((answer) => process.stdout.write('\\n' + JSON.stringify({ answer })))
    // What is sent without waiting for an answer, as traces are, leaves first.
    .finally(() => setTimeout(() => process.exit(), 100));
`;

/** Runs the handler of an unpacked artifact once, in a process of its own with nothing else in its environment. */
export async function runHandler(
  folder: string,
  name: string,
  event: unknown,
  env: Readonly<Record<string, string>>,
): Promise<{ answer: unknown; output: string }> {
  const child = spawn(process.execPath, ['--input-type=commonjs', '-e', RUN], {
    cwd: folder,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const module = pathToFileURL(join(folder, 'functions', `${name}.mjs`)).href;
  child.stdin.end(JSON.stringify({ module, event, remainingMs: 10_000 }));
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
