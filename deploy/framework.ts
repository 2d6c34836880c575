import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** The arguments of Node.js that run the framework. Its plugins are TypeScript, which Node.js 20 cannot load without tsx. */
const FRAMEWORK_ARGUMENTS = [
  ...['--import', import.meta.resolve('tsx'), '--import', import.meta.resolve('./unset-empty.ts')],
  COMMAND,
];

/** Runs a command of the framework at this terminal. Returns its exit code. */
export async function runFramework(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [...FRAMEWORK_ARGUMENTS, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  });
  // The terminal sends Ctrl-C to the child, too, which ends by itself.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    const [code] = await once(child, 'exit');
    return typeof code === 'number' ? code : 1;
  } finally {
    process.off('SIGINT', ignore);
  }
}
