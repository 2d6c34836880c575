const NO_CREDENTIALS =
  'No AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use a role.';
const EXPIRED = 'The AWS credentials have expired. Log in to AWS again.';
const INVALID =
  'The AWS credentials are not valid, or their account has not enabled the region. Check the credentials and AWS_REGION.';

/** Explanations of rejected credentials by the error name of the service. */
const CREDENTIAL_FAILURES = new Map([
  ['ExpiredTokenException', EXPIRED],
  ['ExpiredToken', EXPIRED],
  ['UnrecognizedClientException', INVALID],
  ['InvalidClientTokenId', INVALID],
  ['InvalidSignatureException', INVALID],
  ['SignatureDoesNotMatch', INVALID],
]);

/** Errors of the SDK if it cannot load credentials. */
const PROVIDER_FAILURES = new Set(['CredentialsProviderError', 'TokenProviderError']);
const NO_PROVIDER = 'Could not load credentials from any providers';

/** Returns whether an error of the SDK means that the credentials are missing, invalid or expired. */
export const isCredentialFailure = (error: unknown): boolean =>
  error instanceof Error && (CREDENTIAL_FAILURES.has(error.name) || PROVIDER_FAILURES.has(error.name));

/**
 * Returns whether a request of the SDK timed out, or its connection ended before the response. The SDK gives both the same
 * name, but not once the response has begun.
 */
export const isTimeout = (error: unknown): boolean =>
  error instanceof Error &&
  (error.name === 'TimeoutError' || ('code' in error && error.code === 'ECONNRESET'));

/**
 * Explains an error of the AWS SDK in one sentence. Returns undefined for any other error, and for a timeout, whose
 * consequences depend on the command.
 */
export function explainAwsError(error: unknown): string | undefined {
  if (!(error instanceof Error) || isTimeout(error)) return undefined;
  const { name, message } = error;
  const missing = PROVIDER_FAILURES.has(name) ? explainProvider(message) : explainFramework(error);
  if (missing !== undefined) return missing;
  if (/^AccessDenied/.test(name)) return `The AWS credentials lack a permission: ${message}`;
  const sentence = CREDENTIAL_FAILURES.get(name) ?? explainConnection(error);
  if (sentence !== undefined) return sentence;
  return '$fault' in error ? `AWS rejected the request with ${name}: ${message}` : undefined;
}

/** Explains why the SDK cannot load credentials. Its errors differ by their messages only. */
function explainProvider(message: string): string {
  if (message.startsWith(NO_PROVIDER)) {
    const { AWS_PROFILE } = process.env;
    return AWS_PROFILE ? noProfile(AWS_PROFILE) : NO_CREDENTIALS;
  }
  if (/\bSSO\b/.test(message)) return noSession('SSO session', 'aws sso login');
  if (/\baws login\b|^Failed to load (?:a )?token /.test(message)) return noSession('login', 'aws login');
  return `The AWS credentials could not be loaded: ${message.trim()} Check AWS_PROFILE and ~/.aws/config.`;
}

/** Explains an error of the framework, which looks up credentials itself. Its errors have codes. */
function explainFramework(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'AWS_CREDENTIALS_NOT_FOUND') return NO_CREDENTIALS;
  // A profile may refer to another one.
  if (code === 'UNRECOGNIZED_AWS_PROFILE')
    return noProfile(/"(.*)"/.exec(error.message)?.[1] ?? process.env.AWS_PROFILE);
  return code.startsWith('AWS_SSO_LOGIN_') ? noSession('SSO session', 'aws sso login') : undefined;
}

const noProfile = (name = 'default'): string =>
  `The AWS profile ${name} does not exist, or it has no credentials. Check AWS_PROFILE and ~/.aws/config.`;

function noSession(kind: string, command: string): string {
  const name = process.env.AWS_PROFILE || 'default';
  return `The ${kind} of the AWS profile ${name} has expired or does not exist. Log in again: ${command} --profile ${name}`;
}

/** Explains a failed connection. A host with several addresses has one error for each. */
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
  return `The endpoint ${place} cannot be reached (${cause.code}). Check the network, AWS_REGION and AWS_ENDPOINT_URL.`;
}
