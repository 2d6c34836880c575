import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VENV = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/** The Python that has the packages of `tests/deploy/requirements.txt`: of the virtual environment `.venv`, if there is one. */
export const pythonCommand = (): string => (existsSync(VENV) ? VENV : 'python3');
