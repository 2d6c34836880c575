/** The methods of a REST API (AWS::ApiGateway::Method, HttpMethod). `ANY` means all of them. */
const METHODS = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT']);

/**
 * The maximum size of the request line and all header values (Amazon API Gateway quotas, "Total combined size of request
 * line and header values").
 */
const MAX_HEAD_BYTES = 10_240;

/** Returns the path of a request target exactly as the client wrote it, with escapes, dot segments and trailing slash. */
export const rawPathOf = (target: string): string =>
  target.replace(/^https?:\/\/[^/?#]+/i, '').replace(/[?#].*$/s, '') || '/';

/** Returns the query of a request target, without the question mark. */
export const queryOf = (target: string): string => /\?([^#]*)/.exec(target)?.[1] ?? '';

/**
 * Returns the decoded path. Returns undefined if the request cannot match a resource: the method does not exist, or the target has
 * a fragment, a dot segment, an escaped slash, a backslash, a NUL or a malformed escape.
 */
export function resourcePathOf(method: string, target: string): string | undefined {
  const path = rawPathOf(target);
  if (!METHODS.has(method) || !path.startsWith('/') || target.includes('#')) return undefined;
  try {
    const segments = path.split('/').map(decodeURIComponent);
    return segments.some((segment) => /^\.{1,2}$|[/\\\0]/.test(segment)) ? undefined : segments.join('/');
  } catch {
    return undefined;
  }
}

/** Returns whether the request line and the header values exceed the limit. `rawHeaders` alternates names and values. */
export function isHeadTooLarge(line: string, rawHeaders: readonly string[]): boolean {
  let bytes = line.length;
  for (let index = 1; index < rawHeaders.length; index += 2) bytes += rawHeaders[index]?.length ?? 0;
  return bytes > MAX_HEAD_BYTES;
}
