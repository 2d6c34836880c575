import * as v from 'valibot';
import {
  flag,
  headerNames,
  httpUrl,
  origins,
  proxyHeader,
  text,
  textOrUnset,
  wholeNumber,
} from './schemas.ts';

/**
 * The settings that functions read. To add one, add a row here, a row in `details.ts` and a reader in `config.ts`: it is
 * then checked, passed to the functions listed in `details.ts`, and documented in docs/settings.md. `deploy/settings.ts`
 * contains the settings that only a deployment reads. A default is the text of a variable, and passes the schema, too.
 */
export const SETTINGS = v.object({
  TABLE_NAME: v.optional(text),
  JWT_SECRET_KEY: v.optional(text),
  JWT_SECRET_PARAMETER: v.optional(text),
  JWT_ALGORITHM: v.optional(
    v.pipe(text, v.picklist(['HS256', 'HS384', 'HS512'], 'is not HS256, HS384 or HS512')),
    'HS256',
  ),
  JWT_AUDIENCE: v.optional(textOrUnset),
  JWT_ISSUER: v.optional(textOrUnset),
  JWT_LEEWAY: v.optional(wholeNumber('seconds', 0), '0'),
  JWT_EXPIRATION_DELTA: v.optional(wholeNumber('seconds', 1), '604800'),
  JWT_ALLOW_REFRESH: v.optional(flag, 'true'),
  JWT_REFRESH_EXPIRATION_DELTA: v.optional(wholeNumber('seconds', 1), '2419200'),
  JWT_REFRESH_AFTER_EXPIRY: v.optional(flag, 'false'),
  JWT_AUTH_HEADER_PREFIX: v.optional(
    v.pipe(text, v.regex(/^[!-~]+$/, 'contains a blank or is not ASCII')),
    'JWT',
  ),
  RESPONSE_USER: v.optional(flag, 'false'),
  SESSIONS_PER_USER: v.optional(wholeNumber('sessions', 1, 100), '20'),
  REFRESH_REUSE_DETECTION: v.optional(
    v.pipe(text, v.picklist(['auto', 'always', 'never'], 'is not auto, always or never')),
    'auto',
  ),
  REFRESH_REUSE_SECONDS: v.optional(wholeNumber('seconds', 0)),
  // Limited, because the item of a username stores each attempt.
  THROTTLE_PAIR_FAILURES: v.optional(wholeNumber('failures', 1, 1000), '10'),
  THROTTLE_PAIR_SECONDS: v.optional(wholeNumber('seconds', 1), '900'),
  THROTTLE_ADDRESS_FAILURES: v.optional(wholeNumber('failures', 1), '300'),
  THROTTLE_ADDRESS_SECONDS: v.optional(wholeNumber('seconds', 1), '900'),
  THROTTLE_ACCOUNT_FAILURES: v.optional(wholeNumber('failures', 1, 100), '100'),
  LOGIN_REFUSAL_STEP_MS: v.optional(wholeNumber('milliseconds', 0), '1000'),
  PASSWORD_MIN_LENGTH: v.optional(wholeNumber('characters', 8, 64), '8'),
  PASSWORD_MAX_LENGTH: v.optional(wholeNumber('characters', 64, 1024), '128'),
  SERVICE_NAME: v.optional(text, 'latchkey'),
  // Limited, because a post that is changed or unpublished is listed for that long.
  POSTS_CACHE_SECONDS: v.optional(wholeNumber('seconds', 0, 300), '0'),
  CORS_ALLOWED_ORIGINS: v.optional(origins, ''),
  CORS_ALLOWED_HEADERS: v.optional(headerNames, ''),
  TRUSTED_PROXY_HEADER: v.optional(proxyHeader),
  TRUSTED_PROXY_SECRET_SHA256: v.optional(
    v.pipe(text, v.regex(/^[0-9a-f]{64}$/i, 'is not a SHA-256 in 64 hexadecimal digits')),
  ),
  POWERTOOLS_SERVICE_NAME: v.optional(text, 'latchkey'),
  DYNAMODB_ENDPOINT: v.optional(httpUrl),
  AWS_REGION: v.optional(text),
  AWS_ENDPOINT_URL: v.optional(httpUrl),
  AWS_ENDPOINT_URL_DYNAMODB: v.optional(httpUrl),
  AWS_ENDPOINT_URL_SSM: v.optional(httpUrl),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: v.optional(
    v.pipe(
      text,
      v.picklist(['true', 'false'], 'is neither true nor false'),
      v.transform((word) => word === 'true'),
    ),
    'false',
  ),
});

export type Settings = Readonly<v.InferOutput<typeof SETTINGS>>;
