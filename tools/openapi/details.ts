import type { ErrorCode } from '../../lib/errors.ts';
import type { Operation } from '../../lib/http/route.ts';
import type { ROUTES, RouteName } from './routes.ts';

// The text of the description. Everything else is generated from the routes. Separate from them, because bundles do not
// need it.

export const INFO = {
  title: 'Latchkey',
  // Of the API, not of the package. An incompatible change raises it.
  version: '1.0.0',
  summary: 'Username and password in, JSON Web Token out.',
  description: `Responses are those of Django REST framework with djangorestframework-jwt.

- Paths work with and without the last slash.
- A body is JSON, a form or multipart, at most 64 KiB. A JSON number counts as its text. Other members are ignored.
- A path with GET also answers HEAD. OPTIONS answers 204. Another method gets 405, on a protected path after the token has been checked.
- Branch on the status, then on \`code\` if there is one. On 400, branch on the name of the member. Sentences are for people.
- Tokens in examples are signed with a secret of the tests and have expired.`,
  license: { name: 'MIT', identifier: 'MIT' },
};

export const TAGS = {
  Tokens: 'Log in, and check, refresh and revoke tokens.',
  Posts: 'The list of published posts.',
  Sessions: 'The sessions of the caller. A login opens a session; its refreshed tokens belong to it.',
  Account: 'The account of the caller.',
  Description: 'This description.',
};

export const SECURITY_SCHEMES = {
  jwt: {
    type: 'apiKey',
    in: 'header',
    name: 'Authorization',
    description: '`JWT <token>`, with the word of the setting `JWT_AUTH_HEADER_PREFIX`.',
  },
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: '`Bearer <token>` (RFC 6750).',
  },
};

/** The request headers besides `Authorization`, which is a security scheme. */
export const REQUEST_HEADERS: Readonly<
  Record<Exclude<NonNullable<Operation['headers']>[number], 'Authorization'>, string>
> = {
  'Idempotency-Key':
    'Opts the session in to reuse detection (RFC 9700, section 4.14.2). Random, new for each refresh.',
  'If-None-Match': 'The `ETag` of an earlier response, or a list of tags.',
  'Latchkey-Device':
    'Names the device in the list of sessions, in at most 100 characters. `User-Agent` by default.',
};

/** The response headers that the description names. */
export const RESPONSE_HEADERS = {
  'x-amzn-requestid': 'Id of the request. The log has a line with the same id.',
  'Retry-After': 'Seconds until the next attempt.',
  'WWW-Authenticate': 'The challenge, `JWT realm="api"`.',
  ETag: 'Tag of the body, for `If-None-Match`.',
  'Cache-Control': 'How long the response may be reused.',
  Link: 'The next page, if there is one: `<?cursor=…>; rel="next"`, relative to the URL of the request (RFC 8288).',
};

/** What a status means. Does not depend on the route. */
export const STATUSES: Readonly<Record<number, { readonly name: string; readonly text: string }>> = {
  304: { name: 'NotModified', text: 'The body has not changed since the response with this `ETag`.' },
  400: { name: 'BadRequest', text: 'The request is refused.' },
  401: {
    name: 'Unauthorized',
    text: 'There is no token, or it is not valid. `Signature has expired.`: refresh the token. Any other sentence about the token: ask for a login.',
  },
  403: { name: 'Forbidden', text: 'A firewall in front of the service refuses the request.' },
  404: { name: 'NotFound', text: 'There is no such resource, or it belongs to another user.' },
  413: { name: 'ContentTooLarge', text: 'The body is too large.' },
  415: { name: 'UnsupportedMediaType', text: 'The content type is not supported.' },
  429: {
    name: 'TooManyRequests',
    text: 'Too many requests, or too many wrong passwords. Wait for `Retry-After` seconds.',
  },
  431: { name: 'HeadersTooLarge', text: 'The headers are larger than 10 KB.' },
  500: { name: 'ServerError', text: 'A fault of the service. The token may be valid: keep it.' },
  503: {
    name: 'Unavailable',
    text: 'The token or the password could not be checked. Keep the token and retry after `Retry-After` seconds.',
  },
  504: { name: 'GatewayTimeout', text: 'The service did not respond in time. Keep the token and retry.' },
};

/** What is said of codes whose sentence depends on the request. */
export const CODE_NOTES: Readonly<Partial<Record<ErrorCode, string>>> = {
  input_invalid: 'A field or a parameter is not valid. The member has its name.',
  body_malformed: 'The body is not what its content type says, or a form has more than 1,000 fields.',
  body_too_large: 'The body is larger than 64 KiB.',
  media_type_unsupported: 'The content type is neither JSON nor a form nor multipart.',
};

/** What is said after a sentence that does not say enough, by sentence. */
export const SENTENCE_NOTES: Readonly<Record<string, string>> = {
  'Error decoding signature.': 'The token is not from this service, or a claim is not valid.',
  'Incorrect authentication credentials.':
    'The algorithm, the audience or the issuer is another one, or `nbf` is in the future.',
  'Invalid payload.': 'The token lacks `username` or `user_id`.',
  'Invalid signature.': 'The user was deleted or renamed.',
  "User doesn't exist.": 'The user was deleted or renamed.',
  'Token has been revoked.': 'Its session has ended.',
  'orig_iat field is required.': 'The token was issued with `JWT_ALLOW_REFRESH=false`.',
  'Refresh has expired.': 'The login is too old to be refreshed.',
};

type ByName = Readonly<Record<string, string>>;

/** The text of an operation. */
export interface Details {
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description?: string;
  /** What the response of success contains. */
  readonly success: string;
  /** The parameters of the path, by name. */
  readonly path?: ByName;
  /** The members of the body, by name. */
  readonly fields?: ByName;
  /** The query parameters, by name. */
  readonly query?: ByName;
}
type Fields<Body> = Body extends { entries: infer Entries } ? Readonly<Record<keyof Entries, string>> : never;
/** The text of an operation, with a line for each of its fields and query parameters. */
type DetailsOf<Described> = Omit<Details, 'fields' | 'query'> &
  (Described extends { body: infer Body } ? { readonly fields: Fields<Body> } : unknown) &
  (Described extends { query: infer Query } ? { readonly query: Fields<Query> } : unknown);

/** Does not compile unless it has every operation. */
export const DETAILS: {
  readonly [Name in RouteName]: {
    readonly [Method in keyof (typeof ROUTES)[Name]['operations']]: DetailsOf<
      (typeof ROUTES)[Name]['operations'][Method]
    >;
  };
} = {
  obtain: {
    POST: {
      id: 'obtainToken',
      tag: 'Tokens',
      summary: 'Log in',
      description:
        'The error is the same for a wrong password, an unknown user and a disabled user. An app that still holds a token of the user, even an expired one, may send it: the login then passes limits that failed logins of others have used up.',
      success: 'The first token of a new session.',
      fields: { username: 'Name of the user. Case-sensitive.', password: 'Password of the user.' },
    },
  },
  verify: {
    POST: {
      id: 'verifyToken',
      tag: 'Tokens',
      summary: 'Check a token, its user and its session',
      description: 'A 400 with `non_field_errors` means that the token is not valid. Ask for a login.',
      success: 'The token is valid. It is the same one.',
      fields: { token: 'The token.' },
    },
  },
  refresh: {
    POST: {
      id: 'refreshToken',
      tag: 'Tokens',
      summary: 'Exchange a token for the next one of its session',
      description:
        'A refresh can be repeated: the same token has the same successor. A refresh within one second of the login returns the token of the login. A 400 with `non_field_errors` means that the token is not valid. Ask for a login, except for `Refresh has expired.`: use the token until it expires.',
      success: 'The next token of the session.',
      fields: { token: 'The newest token of the session.' },
    },
  },
  revoke: {
    POST: {
      id: 'revokeToken',
      tag: 'Tokens',
      summary: 'Log out',
      description:
        'Ends the session of the token (RFC 7009). Takes the token from the body, or else from `Authorization`.',
      success: 'The session has ended, or the token was not valid.',
      fields: { token: 'The token. Required without `Authorization`.' },
    },
  },
  posts: {
    GET: {
      id: 'listPosts',
      tag: 'Posts',
      summary: 'List the published posts, newest first',
      description: 'The content type is that of the original service. The body is JSON.',
      success: 'A page of posts.',
      query: {
        cursor: 'Position in the list, from the `Link` of the previous page.',
        limit: 'Number of posts. Without it, all posts up to 5 MB.',
      },
    },
  },
  sessions: {
    GET: {
      id: 'listSessions',
      tag: 'Sessions',
      summary: 'List the sessions of the caller, the last used first',
      success: 'The sessions.',
    },
    DELETE: {
      id: 'endSessions',
      tag: 'Sessions',
      summary: 'End the other sessions of the caller',
      success: 'The sessions have ended.',
      query: { current: 'Whether the session of the caller ends, too.' },
    },
  },
  session: {
    DELETE: {
      id: 'endSession',
      tag: 'Sessions',
      summary: 'End one session of the caller',
      success: 'The session has ended.',
      path: { sid: 'Id of the session.' },
    },
  },
  account: {
    GET: {
      id: 'getAccount',
      tag: 'Account',
      summary: 'Read the account of the caller',
      success: 'The account.',
    },
  },
  password: {
    POST: {
      id: 'changePassword',
      tag: 'Account',
      summary: 'Change the password of the caller',
      description: 'Ends all other sessions. The token of the caller stays valid.',
      success: 'The password is changed.',
      fields: {
        current_password: 'The current password. Wrong ones count as failed logins.',
        new_password: 'The new password. Each broken rule is one sentence that can be shown to the user.',
      },
    },
  },
  openapi: {
    GET: {
      id: 'getDescription',
      tag: 'Description',
      summary: 'Read this description',
      success: 'The description, in OpenAPI 3.1.',
    },
  },
};
