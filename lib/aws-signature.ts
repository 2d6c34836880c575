import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/core/transport';

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
