import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VENV = fileURLToPath(new URL('../../.venv/bin/', import.meta.url));

/**
 * Finds a program from the packages in `tests/deploy/requirements.txt`: in the virtual environment `.venv` if it
 * exists, otherwise on the PATH.
 */
export const pythonProgram = (name: 'python3' | 'cfn-lint'): string =>
  existsSync(`${VENV}${name}`) ? `${VENV}${name}` : name;
