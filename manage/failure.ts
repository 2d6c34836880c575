import { explainAwsError, isTimeout } from '../deploy/aws-error.ts';
import { UnavailableError } from '../lib/errors.ts';

/** Something that the person at the terminal can do something about; the message says what is wrong. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

const NO_ANSWER = 'AWS did not answer in time, so it is not known what was changed: try again.';

const KNOWN = new Set(['ConfigurationError', 'StoreBusyError', 'StoreUnreachableError']);

/** Returns what to print for an error: a sentence for a known one, else the stack, since then it is a fault of this code. */
export function explain(error: unknown): string {
  if (error instanceof UnavailableError) return explainAws(error.cause) ?? NO_ANSWER;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ExitPromptError') return 'Cancelled.';
  if ('code' in error && error.code === 'ENOENT' && 'path' in error) return `There is no file ${error.path}.`;
  const isKnown = error instanceof CommandError || KNOWN.has(error.name);
  if (isKnown) return error.message;
  return explainAws(error) ?? ('syscall' in error ? error.message : (error.stack ?? error.message));
}

function explainAws(error: unknown): string | undefined {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') {
    return 'There is no such table: check that the stage is deployed, and that the region is right (AWS_REGION).';
  }
  return isTimeout(error) ? NO_ANSWER : explainAwsError(error);
}
