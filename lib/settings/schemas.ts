import * as v from 'valibot';

// Schemas of the text of a variable. Each issue message completes a sentence that starts with the variable's name.

const WORDS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export const text = v.string();
/** The URL of a service. */
export const httpUrl = v.pipe(
  text,
  v.check((url) => /^https?:\/\//i.test(url) && URL.canParse(url), 'is not an http or https URL'),
);
export const flag = v.pipe(
  text,
  v.transform((word) => WORDS.get(word.toLowerCase())),
  v.boolean('is neither true nor false'),
);
/** A whole number, with limits. */
export const wholeNumber = (unit: string, minimum: number, maximum = 999_999_999) =>
  v.pipe(
    text,
    v.regex(/^\d{1,9}$/, `is not a whole number of ${unit}`),
    v.transform(Number),
    v.minValue(minimum, `is less than ${minimum} ${unit}`),
    v.maxValue(maximum, `is more than ${maximum} ${unit}`),
  );

/** A comma-separated list. */
const list = v.pipe(
  text,
  v.transform((items) => (items === '' ? [] : items.split(',').map((item) => item.trim()))),
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

/** Values of the header `Origin`, or `*`. */
export const origins = v.pipe(
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
export const headerNames = v.pipe(
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
export const textOrUnset = v.pipe(
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

/** The name of a header with one address, in lower case. */
export const proxyHeader = v.pipe(
  text,
  v.regex(/^[\w-]{1,100}$/, 'is not the name of a header'),
  v.toLowerCase(),
  v.check(
    (name) => !NOT_ONE_ADDRESS.includes(name),
    'is a header that contains more than the address of the client. Use another, such as True-Client-IP',
  ),
);
