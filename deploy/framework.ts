import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** The arguments of Node that run the framework: its plugins are TypeScript, which Node 20 does not load by itself. */
const FRAMEWORK_ARGUMENTS = [
  ...['--import', import.meta.resolve('tsx'), '--import', import.meta.resolve('./unset-empty.ts')],
  COMMAND,
];

/** Runs a command of the framework on this terminal. Returns its exit code. */
export async function runFramework(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...FRAMEWORK_ARGUMENTS, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  // Ctrl-C reaches the child as well, which ends by itself.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    process.off('SIGINT', ignore);
  }
}
