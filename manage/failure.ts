import { UnavailableError } from '../lib/errors.ts';

/** Something that the person at the terminal can do something about; the message says what is wrong. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

/** What to tell of failures of the SDK, by the names it gives to them. */
const SDK_FAILURES = new Map([
  [
    'ResourceNotFoundException',
    'There is no such table. Is the stage deployed, and the region right (AWS_REGION)?',
  ],
  ['CredentialsProviderError', 'There are no AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID or a role).'],
  ['ExpiredTokenException', 'The AWS credentials have expired.'],
  ['UnrecognizedClientException', 'The AWS credentials are not valid.'],
  ['AccessDeniedException', 'The AWS credentials do not allow this.'],
]);

/** Says in a line what went wrong, where that is known; else gives the stack, since then it is a fault of ours. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ExitPromptError') return 'Cancelled.';
  if (error instanceof UnavailableError) return explainUnavailable(error.cause);
  if ('code' in error && error.code === 'ENOENT' && 'path' in error) return `There is no file ${error.path}.`;
  const told = SDK_FAILURES.get(error.name);
  if (told !== undefined) return told;
  const isKnown = error instanceof CommandError || KNOWN.has(error.name) || 'syscall' in error;
  return isKnown ? error.message : (error.stack ?? error.message);
}

const KNOWN = new Set(['ConfigurationError', 'StoreBusyError', 'StoreUnreachableError']);

function explainUnavailable(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : '';
  return SDK_FAILURES.get(name) ?? 'DynamoDB does not answer; nothing is known, try again.';
}
