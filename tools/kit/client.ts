const TIMEOUT_MS = 30_000;

export const PATHS = {
  obtain: '/api/token/',
  verify: '/api/token/verify/',
  refresh: '/api/token/refresh/',
  revoke: '/api/token/revoke/',
  posts: '/api/blog/posts/',
  sessions: '/api/sessions/',
  account: '/api/account/',
  description: '/api/openapi.json',
} as const;

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent unchanged. The headers set its media type, unless it is a form. */
  readonly body?: string | Uint8Array | URLSearchParams | FormData;
  readonly token?: string | undefined;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON body, or the text if it is not JSON. Undefined if the body is empty. */
  readonly body: unknown;
}

/** Sends a request as `fetch` does. */
export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Sends requests to the service at a URL. The URL may end with the name of a stage. */
export class Client {
  readonly base: string;
  /** `fetch`, or a function that sends requests in another way. */
  readonly fetch: Fetch;

  constructor(url: string, send: Fetch = fetch) {
    this.base = url.replace(/\/+$/, '');
    this.fetch = send;
  }

  /** @param path begins with a slash */
  async call(path: string, { method, headers = {}, json, body, token }: Call = {}): Promise<ApiResponse> {
    const sent = json === undefined ? body : JSON.stringify(json);
    const response = await this.fetch(this.base + path, {
      method: method ?? (sent === undefined ? 'GET' : 'POST'),
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { Authorization: `JWT ${token}` }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : parsed(text),
    };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
