import { explainAwsError, isTimeout } from '../deploy/aws-error.ts';
import { UnavailableError } from '../lib/errors.ts';

/** A problem that the user of the command can solve. The message states the problem and the remedy. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

/** Creates the error for a username that does not exist. */
export const unknownUser = (username: string): CommandError =>
  new CommandError(`The user ${JSON.stringify(username)} does not exist. List the users with: users list`);

const NO_RESPONSE = 'The request to AWS timed out. Some changes may have been made. Run the command again.';

/** Errors of other modules with a message for the user. */
const EXPLAINED = new Set(['ConfigurationError', 'LocalError']);

/** Returns a sentence for an error that the user can act on. Returns undefined for an unexpected error. */
export function explain(error: unknown): string | undefined {
  if (error instanceof UnavailableError) return explainAws(error.cause) ?? NO_RESPONSE;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'ExitPromptError') return 'Canceled. Nothing was changed.';
  if (error instanceof CommandError || EXPLAINED.has(error.name)) return error.message;
  return explainAws(error);
}

function explainAws(error: unknown): string | undefined {
  if (error instanceof Error && error.name === 'ResourceNotFoundException') {
    return 'The table does not exist. Check that the stage is deployed, and that AWS_REGION is its region.';
  }
  return isTimeout(error) ? NO_RESPONSE : explainAwsError(error);
}
