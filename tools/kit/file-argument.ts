import { dirname, resolve } from 'node:path';

/**
 * Resolves the path of a file that is passed to a program. npm runs a script in the folder of its package.json and passes the
 * folder in which npm was started as `INIT_CWD`. A process of another package inherits both variables.
 *
 * @param path a path, or `-` for standard input
 * @see https://docs.npmjs.com/cli/v11/commands/npm-run-script
 */
export function fileArgument(path: string): string {
  const { INIT_CWD: start, npm_package_json: manifest = '' } = process.env;
  const folder = process.cwd();
  if (path === '-' || !start || start === folder || dirname(manifest) !== folder) return path;
  return resolve(start, path);
}
