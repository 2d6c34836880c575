/**
 * Replaces `@aws-sdk/credential-provider-node` in the bundles: Lambda passes the credentials of the execution role in the
 * environment, so SSO, STS, profiles and instance metadata are not needed.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
