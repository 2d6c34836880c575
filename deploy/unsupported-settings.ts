import type { Environment } from '../lib/settings/read.ts';

/** A setting of djangorestframework-jwt that this service does not have. */
interface UnsupportedSetting {
  /** The default of the library. It is accepted, because the service does the same. */
  readonly accepted: string;
  /** What the service does. Completes a sentence that starts with the name. */
  readonly instead: string;
}

const NONE = 'None';
const handler = (name: string): string => `rest_framework_jwt.utils.${name}`;

/**
 * The settings of djangorestframework-jwt 1.11.0 without a counterpart. Functions receive only the variables of
 * `lib/settings/table.ts`, so `npm start` and a deployment check these. docs/from-django.md has the same settings.
 */
export const UNSUPPORTED_SETTINGS: Readonly<Record<string, UnsupportedSetting>> = {
  JWT_VERIFY: { accepted: 'True', instead: 'signatures are always verified' },
  JWT_VERIFY_EXPIRATION: {
    accepted: 'True',
    instead: 'exp is always checked. JWT_REFRESH_AFTER_EXPIRY=true allows the refresh of an expired token',
  },
  JWT_PRIVATE_KEY: { accepted: NONE, instead: 'signatures are symmetric' },
  JWT_PUBLIC_KEY: { accepted: NONE, instead: 'signatures are symmetric' },
  JWT_GET_USER_SECRET_KEY: { accepted: NONE, instead: 'all tokens are signed with one secret' },
  JWT_AUTH_COOKIE: { accepted: NONE, instead: 'tokens are read from the Authorization header only' },
  JWT_PAYLOAD_HANDLER: { accepted: handler('jwt_payload_handler'), instead: 'the claims are fixed' },
  JWT_PAYLOAD_GET_USER_ID_HANDLER: {
    accepted: handler('jwt_get_user_id_from_payload_handler'),
    instead: 'user_id is read',
  },
  JWT_PAYLOAD_GET_USERNAME_HANDLER: {
    accepted: handler('jwt_get_username_from_payload_handler'),
    instead: 'username is read',
  },
  JWT_RESPONSE_PAYLOAD_HANDLER: {
    accepted: handler('jwt_response_payload_handler'),
    instead: 'RESPONSE_USER=true adds the user to the response',
  },
  JWT_ENCODE_HANDLER: {
    accepted: handler('jwt_encode_handler'),
    instead: 'tokens are JWS in compact form',
  },
  JWT_DECODE_HANDLER: {
    accepted: handler('jwt_decode_handler'),
    instead: 'tokens are JWS in compact form',
  },
};

/** Returns the problem of each of these settings whose value differs from the behavior of this service. */
export const unsupportedProblems = (environment: Environment): string[] =>
  Object.entries(UNSUPPORTED_SETTINGS).flatMap(([name, { accepted, instead }]) => {
    const value = environment[name];
    if (!value || value.toLowerCase() === accepted.toLowerCase()) return [];
    return [`${name} is not supported: ${instead} (docs/from-django.md, "Settings")`];
  });
