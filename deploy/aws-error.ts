const CREDENTIALS = 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';

/** Errors by name, as the SDK and the services report them. */
const BY_NAME = new Map([
  ['CredentialsProviderError', `There are no AWS credentials. ${CREDENTIALS}`],
  ['AWS_CREDENTIALS_NOT_FOUND', `There are no AWS credentials. ${CREDENTIALS}`],
  ['ExpiredToken', 'The AWS credentials have expired. Get new ones.'],
  ['ExpiredTokenException', 'The AWS credentials have expired. Get new ones.'],
  ['InvalidClientTokenId', `AWS does not know these credentials. ${CREDENTIALS}`],
  ['UnrecognizedClientException', `AWS does not know these credentials. ${CREDENTIALS}`],
  ['SignatureDoesNotMatch', `AWS does not accept these credentials. ${CREDENTIALS}`],
]);
const DENIED = /^AccessDenied/;
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ENETUNREACH',
]);

/**
 * Explains a failed call to AWS to the person who runs a command. Returns undefined for an error that needs its stack
 * trace.
 */
export function explainAwsError(error: unknown, region: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = BY_NAME.get(error.name) ?? BY_NAME.get(code);
  if (known !== undefined) return known;
  if (DENIED.test(error.name)) return `The AWS credentials do not allow this call: ${error.message}`;
  if (UNREACHABLE.has(code) || error.name === 'TimeoutError') {
    return (
      `AWS cannot be reached in the region ${region} (${error.message || code}). ` +
      'Check the network, AWS_REGION and AWS_ENDPOINT_URL.'
    );
  }
  return undefined;
}
