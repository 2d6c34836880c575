import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { Package } from './package-service.ts';
import { pythonProgram } from './python.ts';

const run = promisify(execFile);
const CFN_LINT = pythonProgram('cfn-lint');

/**
 * The warning about a DependsOn that a reference implies. The framework writes some, and that of the table lists every
 * resource.
 */
const IGNORED = ['W3005'];

const outputSchema = v.object({ stdout: v.string(), stderr: v.string() });

/** Returns the output of a command with any exit code. */
async function outputOf(command: string, options: readonly string[]): Promise<string> {
  const ended: unknown = await run(command, options).catch((error: unknown) => error);
  const { stdout, stderr } = v.parse(outputSchema, ended);
  return stdout + stderr;
}

async function isInstalled(command: string): Promise<boolean> {
  try {
    await run(command, ['--version']);
    return true;
  } catch {
    return false;
  }
}

export const hasLinter = await isInstalled(CFN_LINT);
/** The suffix for titles of tests that need the linter. */
export const LINTER_MISSING = hasLinter ? '' : ' (cfn-lint is missing: see CONTRIBUTING.md)';

/** Returns the report of the CloudFormation linter on a template. */
export async function lint({ folder, region }: Package): Promise<string> {
  const template = join(folder, 'cloudformation-template-update-stack.json');
  const options = ['--regions', region, '--ignore-checks', ...IGNORED, '--template', template];
  return outputOf(CFN_LINT, options);
}
