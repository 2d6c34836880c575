import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** A proxy in front of API Gateway, such as CloudFront. */
export interface TrustedProxy {
  /** The name of the header with the address of the client, in lower case. */
  readonly header: string;
  /** The SHA-256 of the value that the proxy sends in {@link SECRET_HEADER}. */
  readonly secretDigest: Uint8Array;
}

/** In lower case. */
const SECRET_HEADER = 'latchkey-proxy-secret';

/**
 * Returns the address of a client. That is the address of the connection to API Gateway, or the one that a trusted proxy
 * sends. The header of a proxy counts only with its secret, because a client can send any header.
 *
 * @param headers by names in lower case
 * @param connected the address of the connection
 */
export function clientAddress(
  headers: Readonly<Record<string, string>>,
  connected: string | undefined,
  proxy: TrustedProxy | undefined,
): string | undefined {
  if (proxy === undefined) return connected;
  const secret = createHash('sha256')
    .update(headers[SECRET_HEADER] ?? '')
    .digest();
  if (!timingSafeEqual(secret, proxy.secretDigest)) return connected;
  const sent = headers[proxy.header]?.trim() ?? '';
  return isIP(sent) === 0 ? connected : sent;
}
