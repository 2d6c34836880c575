/** Methods that a REST API has (AWS::ApiGateway::Method, HttpMethod); `ANY` stands for these. */
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/**
 * Request line and header values together (Amazon API Gateway quotas, "Total combined size of request line and header
 * values").
 */
const MAX_HEAD_BYTES = 10_240;

/** The path of a request target as the client wrote it: no part of it decoded or resolved, the last slash kept. */
export const rawPathOf = (target: string): string =>
  target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/';

/**
 * Tells whether a request can name a resource at all: a method there is, and a path whose segments are what they seem.
 * A path with dots for segments, hidden slashes or broken escapes is another path than the one it is matched as.
 */
export function canNameResource(method: string, target: string): boolean {
  const path = rawPathOf(target);
  if (!METHODS.has(method) || !path.startsWith('/') || target.includes('#')) return false;
  return path.split('/').every((segment) => {
    const plain = decode(segment);
    return plain !== undefined && !/^\.{1,2}$|[/\\\0]/.test(plain);
  });
}

/** Tells whether request line and header values are larger than a REST API takes; names and values come in turns. */
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
