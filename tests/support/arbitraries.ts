import fc from 'fast-check';
import { inject } from 'vitest';

/** How many random cases a property is tried with. `vitest.config.ts` sets it for each tier. */
export const RUNS = inject('fuzzRuns');
/** How long a property may take, in milliseconds: several times as long as on an idle machine. */
export const TIME_MS = 180_000 + 60 * RUNS;

const SURROGATES = { first: 0xd800, count: 0x800 };
/**
 * Any code point except surrogates, like the unit `binary` of fast-check, whose table of all code points takes almost a
 * second to build.
 */
const anyCodePoint = fc
  .nat({ max: 0x10ffff - SURROGATES.count })
  .map((number) => String.fromCodePoint(number < SURROGATES.first ? number : number + SURROGATES.count));
/** Texts of any code points except surrogates. */
export const anyCodePoints = fc.string({ unit: anyCodePoint });

/** Arbitrary texts, including NUL, lone surrogates, and names that are special in JavaScript or used by the service. */
export const anyText = fc.oneof(
  anyCodePoints,
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', ' ', '\0', '\ud800', '__proto__', 'null', 'deku', 'pw'),
);

/** Texts with code points that text processing tends to lose or change, and lone surrogates. */
export const oddText = fc
  .array(
    fc.constantFrom('\ufeff', '\0', '\u2028', '\ud83d\ude00', '\ud800', '\udc00', '"', '\\', '}', 'é', '유'),
  )
  .map((parts) => parts.join(''));

/** Lengths of the chunks of a stream, in bytes. */
export const anyLengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

/** The public functions. */
export const anyPublicFunction = fc.constantFrom('obtain', 'verify', 'refresh', 'revoke');

/** Valid and invalid content types, with valid and invalid charsets. */
export const anyType = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16le',
    'application/json; charset="',
    'application/json; charset=no-such',
    'APPLICATION/JSON;charset=ISO-8859-1',
    'application/x-www-form-urlencoded',
    'application/x-www-form-urlencoded; charset=utf-16',
    'multipart/form-data; boundary=b',
    'multipart/form-data; boundary="b"; charset=latin1',
    'multipart/form-data',
    'text/plain',
    'application/',
  ),
  anyText,
);

const FIELDS = ['username', 'password', 'token', '__proto__', 'constructor'];
const anyField = fc.oneof(fc.constantFrom(...FIELDS), anyText);
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

const anyForm = fc
  .array(fc.tuple(anyField, anyText), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&'));

const anyPart = fc
  .tuple(anyField, anyText, fc.boolean())
  .map(
    ([name, value, isFile]) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${isFile ? '; filename="f"' : ''}\r\n\r\n${value}\r\n`,
  );
const anyMultipart = fc.array(anyPart, { maxLength: 4 }).map((parts) => `${parts.join('')}--b--\r\n`);

/** Bodies of each content type, and arbitrary bytes. */
export const anyBody = fc.oneof(
  fc.json(),
  fc
    .dictionary(fc.constantFrom(...FIELDS), fc.oneof(anyText, fc.jsonValue()))
    .map((value) => JSON.stringify(value)),
  anyForm,
  anyMultipart,
  // Truncated.
  fc
    .tuple(fc.oneof(anyMultipart, fc.json()), fc.nat({ max: 60 }))
    .map(([text, length]) => text.slice(0, length)),
  anyCodePoints,
  fc.uint8Array({ maxLength: 300 }),
);

/** Header names: those that the service reads, and arbitrary ones. */
export const anyHeaderName = fc.oneof(
  fc.constantFrom(
    'Accept',
    'Authorization',
    'Idempotency-Key',
    'If-None-Match',
    'Latchkey-Device',
    'Origin',
    'User-Agent',
    'Content-Encoding',
    'Content-Length',
    'X-Forwarded-For',
    'Access-Control-Request-Method',
  ),
  fc.stringMatching(/^[A-Za-z-]{1,20}$/),
);
export const anyHeaders = fc.dictionary(anyHeaderName, anyText, { maxKeys: 6 });

export const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6(), anyText);

const anyBase64url = fc.base64String().map((text) => Buffer.from(text, 'base64').toString('base64url'));
const anyJsonPart = fc.json().map((text) => Buffer.from(text).toString('base64url'));

/** Texts that look like a token, and others. */
export const anyToken = fc.oneof(
  fc.array(fc.oneof(anyBase64url, anyJsonPart, anyText), { maxLength: 5 }).map((parts) => parts.join('.')),
  anyText,
);

/** A token with characters removed, inserted or replaced. */
export const partsOf = (token: string) =>
  fc
    .tuple(fc.nat({ max: token.length }), fc.nat({ max: token.length }), fc.oneof(fc.constant(''), anyText))
    .map(([from, to, text]) => token.slice(0, from) + text + token.slice(to));

/** Arbitrary values of the claims that the service reads. */
export const anyClaims = fc.dictionary(
  fc.constantFrom(
    ...['user_id', 'username', 'exp', 'email', 'orig_iat', 'nbf', 'iat', 'aud', 'iss', 'sid', 'gen', 'x'],
  ),
  fc.oneof(fc.jsonValue(), fc.double(), fc.integer(), fc.maxSafeInteger(), anyText),
  { maxKeys: 4 },
);

/** Cursors, well-formed and malformed. */
export const anyCursor = fc.oneof(
  fc
    .tuple(fc.date({ noInvalidDate: true }), fc.oneof(fc.maxSafeNat(), anyText))
    .map(([date, pk]) =>
      Buffer.from(`${date.toISOString().replace('Z', '000')}#${pk}`).toString('base64url'),
    ),
  anyBase64url,
  anyJsonPart,
  anyText,
);
export const anyLimit = fc.oneof(fc.integer().map(String), fc.double().map(String), anyText);

/** Values of all types that an attribute can have. */
export const anyStored = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.integer().map((number) => number / 1000),
  // Beyond the safe integers of JavaScript.
  fc.bigInt({ min: 2n ** 53n, max: 10n ** 30n }),
  fc.string({ unit: 'grapheme' }),
  fc.boolean(),
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc.constant(new Set(['a'])),
  fc.dictionary(fc.constantFrom('a', 'b', 'sid'), fc.integer(), { maxKeys: 2 }),
  fc.array(fc.integer(), { maxLength: 2 }),
);
