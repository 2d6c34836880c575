const NO_CREDENTIALS = 'There are no AWS credentials (AWS_PROFILE, AWS_ACCESS_KEY_ID or a role).';
const EXPIRED = 'The AWS credentials have expired.';
const INVALID =
  'The AWS credentials are not valid, or the region (AWS_REGION) is not enabled for their account.';

/** Sentences for rejected credentials, by the names of the errors of the services. */
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

/** Returns whether the SDK had no answer within its time limits. */
export const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/**
 * Explains an error of the AWS SDK in one sentence to the person who runs a command. Returns undefined for an error that
 * is not one of the SDK, and for a time-out, which means something else to each command.
 */
export function explainAwsError(error: unknown): string | undefined {
  if (!(error instanceof Error) || isTimeout(error)) return undefined;
  const { name, message } = error;
  // The framework looks for credentials itself, and its error has a code.
  if ('code' in error && error.code === 'AWS_CREDENTIALS_NOT_FOUND') return NO_CREDENTIALS;
  if (PROVIDER_FAILURES.has(name)) {
    return message.startsWith(NO_PROVIDER)
      ? NO_CREDENTIALS
      : `The AWS credentials could not be loaded: ${message}`;
  }
  if (/^AccessDenied/.test(name)) return `The AWS credentials do not allow this: ${message}`;
  const sentence = CREDENTIAL_FAILURES.get(name) ?? explainConnection(error);
  if (sentence !== undefined) return sentence;
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
