import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/core/transport';

/** The domains of the AWS partitions, by the prefixes of their regions. */
const DOMAINS: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
];

/**
 * Returns the endpoint of an AWS service in a region.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
export function awsEndpoint(service: string, region: string): string {
  const [, domain] = DOMAINS.find(([prefix]) => region.startsWith(prefix)) ?? ['', 'amazonaws.com'];
  return `https://${service}.${region}.${domain}`;
}

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

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface RequestSignerSettings {
  readonly service: string;
  readonly region: string;
  /** Returns the credentials for a request. */
  readonly credentials: () => Credentials;
}

/**
 * Signs requests to AWS APIs that use the JSON protocol, with Signature Version 4. The signer of the SDK, which signs any request,
 * returns the same bytes and takes four times as long (docs/decisions/032-requests-of-aws-are-signed-with-node-crypto.md).
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class RequestSigner {
  readonly #settings: RequestSignerSettings;
  #signingKey: { readonly date: string; readonly secret: string; readonly key: Buffer } | undefined;

  constructor(settings: RequestSignerSettings) {
    this.#settings = settings;
  }

  /** Returns the request with its signature headers. @param now milliseconds since 1970 */
  sign(request: HttpRequest, now: number): HttpRequest {
    const { service, region, credentials } = this.#settings;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials();
    const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const date = time.slice(0, 8);
    const payloadHash = sha256(String(request.body));
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-content-sha256': payloadHash,
      'x-amz-date': time,
      ...(sessionToken && { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(headers).sort();
    const signedHeaders = names.join(';');
    const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
    const canonical = [request.method, canonicalPath(request.path), '', lines, signedHeaders, payloadHash];
    const scope = `${date}/${region}/${service}/aws4_request`;
    const signature = createHmac('sha256', this.#keyOf(secretAccessKey, date))
      .update(`AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical.join('\n'))}`)
      .digest('hex');
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return new HttpRequest({ ...request, headers });
  }

  /** Derives the signing key of a day, and caches it. */
  #keyOf(secret: string, date: string): Buffer {
    if (this.#signingKey?.date !== date || this.#signingKey.secret !== secret) {
      const { service, region } = this.#settings;
      const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, date));
      this.#signingKey = { date, secret, key };
    }
    return this.#signingKey.key;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Percent-encodes an already encoded path a second time, as all services except S3 require. */
const canonicalPath = (path: string): string =>
  path
    .replace(/\/+/g, '/')
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/[!'()*]/g, percentEncoded))
    .join('/');

const percentEncoded = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
