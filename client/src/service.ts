import { createError, type LatchkeyError } from './errors.ts';
import { type Fetch, type FetchResponse, globals, type Runtime } from './runtime.ts';

/** How long a request to log in, refresh or log out may take, in milliseconds. Other requests have no limit. */
const TIMEOUT_MS = 30_000;

/** A response with its parsed body. */
export interface ParsedResponse {
  readonly status: number;
  readonly body: unknown;
  /** The sentence of an error that does not concern a field. */
  readonly sentence: string | undefined;
  /** The value of `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The clock of the service, in milliseconds since 1970. A browser does not show it to another origin. */
  readonly date: number | undefined;
}

/** Sends requests to the service. */
export interface Service {
  readonly root: string;
  /** Returns the URL of a path. @throws {LatchkeyError} request_refused for a URL of another service */
  urlOf(path: string): string;
  /** Sends a POST request with a time limit. @throws {LatchkeyError} unavailable, not_the_service */
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<ParsedResponse>;
}

/** @param base the base URL; it ends with the stage name unless the service has its own domain */
export function createService(
  base: string,
  fetch: Fetch,
  device: string | undefined,
  runtime: Runtime,
): Service {
  const root = base.replace(/\/+$/, '');
  const urlOf = (path: string) => {
    if (path.startsWith(`${root}/`)) return path;
    // Another origin must not receive the token.
    if (/^([a-z][a-z\d+.-]*:|\/\/)/i.test(path)) {
      throw createError('request_refused', `${path} is not a URL of ${root}.`);
    }
    return `${root}/${path.replace(/^\/+/, '')}`;
  };
  return {
    root,
    urlOf,
    post: (path, body, headers) =>
      limited(runtime, async (signal) => {
        const response = await fetch(urlOf(path), {
          method: 'POST',
          redirect: 'manual',
          headers: {
            'Content-Type': 'application/json',
            ...(device === undefined ? {} : { 'Latchkey-Device': toHeaderValue(device) }),
            ...headers,
          },
          body: JSON.stringify(body),
          ...(signal === undefined ? {} : { signal }),
        });
        return readResponse(response, root);
      }),
  };
}

/** Reads a response. @throws {LatchkeyError} not_the_service; unavailable if the body is not complete */
export async function readResponse(response: FetchResponse, root: string): Promise<ParsedResponse> {
  assertService(response, root);
  const { status } = response;
  const text = await response.text().catch((error: unknown) => {
    throw toUnavailable(error);
  });
  const body = text === '' ? null : parse(text);
  // A gateway in front of the service may respond with any body.
  if (body === undefined && status < 500) {
    if (text.trimStart().startsWith('<')) throw foreign(root, status);
    throw createError('unavailable', 'The response is not complete.', { status });
  }
  const { non_field_errors: errors, detail } = membersOf(body);
  const first: unknown = Array.isArray(errors) ? errors[0] : detail;
  return {
    status,
    body,
    sentence: typeof first === 'string' ? first : undefined,
    retryAfterSeconds: retryAfterOf(response),
    date: dateOf(response),
  };
}

/**
 * Asserts that a response is neither HTML nor a redirect, which the service never sends. A browser shows a redirect as the
 * status 0.
 *
 * @throws {LatchkeyError} not_the_service
 */
export function assertService({ status, headers }: FetchResponse, root: string): void {
  const isRedirect = status < 200 || (status > 300 && status < 400 && status !== 304);
  const isHtml = status < 500 && /html/i.test(headers.get('content-type') ?? '');
  if (isRedirect || isHtml) throw foreign(root, status);
}

/** Returns the clock of the service, in milliseconds since 1970. */
export function dateOf({ headers }: FetchResponse): number | undefined {
  return Date.parse(headers.get('date') ?? '') || undefined;
}

/** Converts a response with an error status to an error. */
export function errorOf({ status, body, sentence, retryAfterSeconds }: ParsedResponse): LatchkeyError {
  const details = { status, retryAfterSeconds };
  const message = sentence ?? `The service responded with ${status}.`;
  if (status === 429) return createError('throttled', message, details);
  if (status >= 500) return createError('unavailable', message, details);
  const fields = fieldsOf(body);
  if (status === 400 && sentence === undefined && Object.keys(fields).length > 0) {
    return createError('invalid_input', Object.values(fields).flat().join(' '), { status, fields });
  }
  return createError('request_refused', message, details);
}

/** Returns the members of a JSON object; none for any other value. */
export const membersOf = (body: unknown): Readonly<Record<string, unknown>> =>
  typeof body === 'object' && body !== null ? { ...body } : {};

function fieldsOf(body: unknown): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  for (const [name, sentences] of Object.entries(membersOf(body))) {
    if (Array.isArray(sentences)) fields[name] = sentences.map(String);
  }
  return fields;
}

/** Returns the list in a response. @throws {LatchkeyError} the error of the response; not_the_service for another body */
export function listOf<Item>(response: ParsedResponse, root: string): Item[] {
  if (response.status !== 200) throw errorOf(response);
  if (Array.isArray(response.body)) return response.body;
  throw foreign(root, response.status);
}

const foreign = (root: string, status: number): LatchkeyError =>
  createError(
    'not_the_service',
    `${root} responds with HTML or a redirect. The base URL is wrong, or the network requires a login.`,
    { status },
  );

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Retry-After` is a number of seconds or a date (RFC 9110 §10.2.3). */
function retryAfterOf(response: FetchResponse): number | undefined {
  const text = response.headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  const date = dateOf(response);
  return at && date ? Math.max(0, (at - date) / 1000) : undefined;
}

/** Encodes a text as UTF-8 in the characters that a header accepts. The service decodes it. */
const toHeaderValue = (text: string): string =>
  encodeURIComponent(text).replace(/%([\dA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Runs a request with a time limit. A failure of the network becomes `unavailable`. */
function limited<Result>(
  { setTimer }: Runtime,
  request: (signal: unknown) => Promise<Result>,
): Promise<Result> {
  const controller = globals.AbortController && new globals.AbortController();
  return new Promise<Result>((resolve, reject) => {
    const cancel = setTimer(TIMEOUT_MS, () => {
      reject(createError('unavailable', 'The request timed out.'));
      controller?.abort();
    });
    request(controller?.signal)
      .then(resolve, (error: unknown) => reject(toUnavailable(error)))
      .then(cancel);
  });
}

/** Wraps an error of `fetch`, which every runtime describes differently. */
export const toUnavailable = (error: unknown): LatchkeyError =>
  error instanceof Error && error.name === 'LatchkeyError'
    ? (error as LatchkeyError)
    : createError('unavailable', 'There was no complete response.', { cause: error });
