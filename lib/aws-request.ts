import { HttpRequest } from '@smithy/core/transport';

/**
 * Returns a request of an AWS API with the JSON protocol, without a signature.
 *
 * @param version the version of the protocol that the service uses
 * @param target the target prefix of the service and the operation, such as `AmazonSSM.GetParameter`
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export function awsJsonRequest(
  url: URL,
  { version, target }: { readonly version: '1.0' | '1.1'; readonly target: string },
  input: object,
): HttpRequest {
  const body = JSON.stringify(input);
  return new HttpRequest({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port === '' ? {} : { port: Number(url.port) }),
    path: url.pathname,
    headers: {
      host: url.host,
      'content-type': `application/x-amz-json-${version}`,
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': target,
    },
    body,
  });
}
