import * as v from 'valibot';

export const FUNCTIONS = [
  'authorizer',
  'obtain',
  'verify',
  'refresh',
  'revoke',
  'posts',
  'sessions',
  'session',
  'account',
  'password',
  'openapi',
  'docs',
] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** A setting of the service: an environment variable. */
export interface Setting<Value = unknown, Fallback = unknown> {
  /** Parses the text of the variable. Each issue message completes a sentence that starts with the variable's name. */
  readonly schema: v.GenericSchema<string, Value>;
  /** The default, or undefined if the setting has none. */
  readonly fallback: Fallback;
}

/** Declares a setting with a default. */
export const setting = <Value>(
  schema: v.GenericSchema<string, Value>,
  fallback: NoInfer<Value>,
): Setting<Value, Value> => ({ schema, fallback });

/** Declares a setting without a default. */
export const optionalSetting = <Value>(
  schema: v.GenericSchema<string, Value>,
): Setting<Value, undefined> => ({
  schema,
  fallback: undefined,
});

const WORDS = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export const text = v.string();
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
