import { UnavailableError } from '../lib/errors.ts';

/** Something that the person at the terminal can do something about; the message says what is wrong. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CommandError';
  }
}

const NO_ANSWER = 'AWS did not answer in time, so it is not known what was changed: try again.';
const EXPIRED = 'The AWS credentials have expired.';
const INVALID =
  'The AWS credentials are not valid, or the region (AWS_REGION) is not enabled for their account.';

/** Sentences for rejected credentials, by the names of the errors of DynamoDB, Systems Manager and STS. */
const CREDENTIAL_FAILURES = new Map([
  ['ExpiredTokenException', EXPIRED],
  ['ExpiredToken', EXPIRED],
  ['UnrecognizedClientException', INVALID],
  ['InvalidClientTokenId', INVALID],
  ['InvalidSignatureException', INVALID],
  ['SignatureDoesNotMatch', INVALID],
]);

/** The errors of the SDK for credentials that it could not load. */
const PROVIDER_FAILURES = new Set(['CredentialsProviderError', 'TokenProviderError']);
const NO_PROVIDER = 'Could not load credentials from any providers';

/** Returns whether an error of the SDK means that the credentials are missing, invalid or expired. */
export const isCredentialFailure = (error: unknown): boolean =>
  error instanceof Error && (CREDENTIAL_FAILURES.has(error.name) || PROVIDER_FAILURES.has(error.name));

/** Returns what to print for an error: a sentence for a known one, else the stack, since then it is a fault of this code. */
export function explain(error: unknown): string {
  if (error instanceof UnavailableError) {
    return explainAws(error.cause) ?? NO_ANSWER;
  }
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'ExitPromptError') return 'Cancelled.';
  if ('code' in error && error.code === 'ENOENT' && 'path' in error) return `There is no file ${error.path}.`;
  const isKnown = error instanceof CommandError || KNOWN.has(error.name);
  if (isKnown) return error.message;
  return explainAws(error) ?? ('syscall' in error ? error.message : (error.stack ?? error.message));
}

const KNOWN = new Set(['ConfigurationError', 'StoreBusyError', 'StoreUnreachableError']);

/** A sentence for an error of the SDK, where its name or its code is known. */
function explainAws(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (PROVIDER_FAILURES.has(name)) {
    return message.startsWith(NO_PROVIDER)
      ? 'There are no AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID or a role).'
      : `The AWS credentials could not be loaded: ${message}`;
  }
  if (name === 'ResourceNotFoundException') {
    return 'There is no such table: check that the stage is deployed, and that the region is right (AWS_REGION).';
  }
  if (name === 'AccessDeniedException') return `The AWS credentials do not allow this: ${message}`;
  const sentence = CREDENTIAL_FAILURES.get(name) ?? explainConnection(error);
  if (sentence !== undefined) return sentence;
  if (name === 'TimeoutError') return NO_ANSWER;
  return '$fault' in error ? `AWS answered with ${name}: ${message}` : undefined;
}

/** A sentence for an endpoint that could not be connected to. A host with several addresses fails once for each. */
function explainConnection(error: Error): string | undefined {
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(cause instanceof Error && 'code' in cause)) return undefined;
  const place =
    'address' in cause && 'port' in cause
      ? `${cause.address}:${cause.port}`
      : 'hostname' in cause
        ? cause.hostname
        : undefined;
  if (place === undefined) return undefined;
  return `The endpoint ${place} cannot be reached (${cause.code}): check the region (AWS_REGION) and AWS_ENDPOINT_URL.`;
}
