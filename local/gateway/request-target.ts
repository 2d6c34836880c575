/** The methods of a REST API (AWS::ApiGateway::Method, HttpMethod). `ANY` means all of them. */
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/**
 * The maximum size of the request line and all header values (Amazon API Gateway quotas, "Total combined size of request
 * line and header values").
 */
const MAX_HEAD_BYTES = 10_240;

/** Returns the path of a request target exactly as the client wrote it, with escapes, dot segments and trailing slash. */
export const rawPathOf = (target: string): string =>
  target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';

/**
 * Returns whether a request can match a resource: the method exists, and decoding the path does not change its segments.
 * The server would resolve dot segments, escaped slashes and malformed escapes to another path.
 */
export function canNameResource(method: string, target: string): boolean {
  const path = rawPathOf(target);
  if (!METHODS.has(method) || !path.startsWith('/') || target.includes('#')) return false;
  return path.split('/').every((segment) => {
    const plain = decode(segment);
    return plain !== undefined && !/^\.{1,2}$|[/\\\0]/.test(plain);
  });
}

/** Returns whether the request line and the header values exceed the limit. `rawHeaders` alternates names and values. */
export const isHeadTooLarge = (line: string, rawHeaders: readonly string[]): boolean => {
  const values = rawHeaders.filter((_, index) => index % 2 === 1);
  return values.reduce((bytes, value) => bytes + value.length, line.length) > MAX_HEAD_BYTES;
};

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
