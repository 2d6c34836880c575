import * as v from 'valibot';
import { flag, httpUrl, optionalSetting, type Setting, setting, text, wholeNumber } from './setting.ts';

const list = v.pipe(
  text,
  v.transform((items) => items.split(',').map((item) => item.trim())),
);

/**
 * Returns whether a browser can send a text in `Origin`. Mobile web views and extensions have schemes of their own.
 *
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialization-of-an-origin
 */
function isOrigin(value: string): boolean {
  if (value === '*' || value === 'null') return true;
  if (!URL.canParse(value)) return false;
  const { protocol, host } = new URL(value);
  return value === `${protocol}//${host}` && (host !== '' || !/^https?:$/.test(protocol));
}

const origins = v.pipe(
  list,
  v.array(
    v.pipe(
      text,
      v.check(
        (value) => value === '*' || !value.includes('*'),
        'contains a pattern. List each origin, or allow all with *',
      ),
      v.check(
        isOrigin,
        'contains a value that is neither an origin as browsers send it, such as https://app.example or capacitor://localhost, nor null, nor *',
      ),
    ),
  ),
);

/** Names of headers, in lower case (RFC 9110 §5.1). */
const headerNames = v.pipe(
  list,
  v.array(
    v.pipe(
      text,
      v.toLowerCase(),
      v.regex(/^[\w.-]+$/, 'contains a value that is not the name of a header, such as x-app-version'),
    ),
  ),
);

/** A text that Django's settings omit with `None`. */
const textOrUnset = v.pipe(
  text,
  v.check((value) => value !== 'None', 'is the text None. Leave it unset instead'),
);

/** Headers that contain a list, a port or the secret of the proxy. API Gateway adds an address to the first one. */
const NOT_ONE_ADDRESS = [
  'x-forwarded-for',
  'forwarded',
  'cloudfront-viewer-address',
  'latchkey-proxy-secret',
];

/**
 * The settings that functions read. To add one, add a row here and a row in `details.ts`: it is then read, checked,
 * passed to the functions listed there, and documented in docs/settings.md. `deploy/settings.ts` contains the settings
 * that only a deployment reads.
 */
export const SETTINGS = {
  TABLE_NAME: optionalSetting(text),
  JWT_SECRET_KEY: optionalSetting(text),
  JWT_SECRET_PARAMETER: optionalSetting(text),
  JWT_ALGORITHM: setting(
    v.pipe(text, v.picklist(['HS256', 'HS384', 'HS512'], 'is not HS256, HS384 or HS512')),
    'HS256',
  ),
  JWT_AUDIENCE: optionalSetting(textOrUnset),
  JWT_ISSUER: optionalSetting(textOrUnset),
  JWT_LEEWAY: setting(wholeNumber('seconds', 0), 0),
  JWT_EXPIRATION_DELTA: setting(wholeNumber('seconds', 1), 604_800),
  JWT_ALLOW_REFRESH: setting(flag, true),
  JWT_REFRESH_EXPIRATION_DELTA: setting(wholeNumber('seconds', 1), 2_419_200),
  JWT_REFRESH_AFTER_EXPIRY: setting(flag, false),
  JWT_AUTH_HEADER_PREFIX: setting(
    v.pipe(text, v.regex(/^[!-~]+$/, 'contains a blank or is not ASCII')),
    'JWT',
  ),
  RESPONSE_USER: setting(flag, false),
  SESSIONS_PER_USER: setting(wholeNumber('sessions', 1, 100), 20),
  REFRESH_REUSE_DETECTION: setting(
    v.pipe(text, v.picklist(['auto', 'always', 'never'], 'is not auto, always or never')),
    'auto',
  ),
  REFRESH_REUSE_SECONDS: optionalSetting(wholeNumber('seconds', 0)),
  // Limited, because the item of a username stores each attempt.
  THROTTLE_PAIR_FAILURES: setting(wholeNumber('failures', 1, 1000), 10),
  THROTTLE_PAIR_SECONDS: setting(wholeNumber('seconds', 1), 900),
  THROTTLE_ADDRESS_FAILURES: setting(wholeNumber('failures', 1), 300),
  THROTTLE_ADDRESS_SECONDS: setting(wholeNumber('seconds', 1), 900),
  THROTTLE_ACCOUNT_FAILURES: setting(wholeNumber('failures', 1, 100), 100),
  LOGIN_REFUSAL_STEP_MS: setting(wholeNumber('milliseconds', 0), 1000),
  PASSWORD_MIN_LENGTH: setting(wholeNumber('characters', 8, 64), 8),
  PASSWORD_MAX_LENGTH: setting(wholeNumber('characters', 64, 1024), 128),
  SERVICE_NAME: setting(text, 'latchkey'),
  // Limited, because a post that is changed or unpublished is listed for that long.
  POSTS_CACHE_SECONDS: setting(wholeNumber('seconds', 0, 300), 0),
  CORS_ALLOWED_ORIGINS: setting(origins, [] as string[]),
  CORS_ALLOWED_HEADERS: setting(headerNames, [] as string[]),
  TRUSTED_PROXY_HEADER: optionalSetting(
    v.pipe(
      text,
      v.regex(/^[\w-]{1,100}$/, 'is not the name of a header'),
      v.toLowerCase(),
      v.check(
        (name) => !NOT_ONE_ADDRESS.includes(name),
        'is a header that contains more than the address of the client. Use another, such as True-Client-IP',
      ),
    ),
  ),
  TRUSTED_PROXY_SECRET_SHA256: optionalSetting(
    v.pipe(text, v.regex(/^[0-9a-f]{64}$/i, 'is not a SHA-256 in 64 hexadecimal digits')),
  ),
  POWERTOOLS_SERVICE_NAME: setting(text, 'latchkey'),
  DYNAMODB_ENDPOINT: optionalSetting(httpUrl),
  AWS_REGION: optionalSetting(text),
  AWS_ENDPOINT_URL: optionalSetting(httpUrl),
  AWS_ENDPOINT_URL_DYNAMODB: optionalSetting(httpUrl),
  AWS_ENDPOINT_URL_SSM: optionalSetting(httpUrl),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: setting(
    v.pipe(
      text,
      v.picklist(['true', 'false'], 'is neither true nor false'),
      v.transform((word) => word === 'true'),
    ),
    false,
  ),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [Name in SettingName]:
    | v.InferOutput<(typeof SETTINGS)[Name]['schema']>
    | (typeof SETTINGS)[Name]['fallback'];
};
