import * as v from 'valibot';
import { type FieldErrors, InputError } from '../errors.ts';
import { NOT_BLANK, strip } from '../python-strip.ts';
import { FormFields, UploadedFile } from './form-body.ts';
import { JsonNumber } from './json-number.ts';
import type { HttpRequest } from './request.ts';

/** Whether leading and trailing white space is removed. Text that consists of white space is blank in both cases. */
export type FieldRule = 'trimmed' | 'verbatim';

function typeProblem({ input }: { input: unknown }): string {
  if (input === undefined) return 'This field is required.';
  // Django REST framework tests the text of any value first, and that of a file is its name.
  if (input instanceof UploadedFile && !NOT_BLANK.test(input.name)) return 'This field may not be blank.';
  return input === null ? 'This field may not be null.' : 'Not a valid string.';
}

const surrogateProblem = ({ input }: { input: string }): string => {
  const [surrogate = ''] = /\p{Surrogate}/u.exec(input) ?? [];
  return `Surrogate characters are not allowed: U+${surrogate.charCodeAt(0).toString(16).toUpperCase()}.`;
};

const textField = (rule: FieldRule) =>
  v.pipe(
    v.string(typeProblem),
    v.regex(NOT_BLANK, 'This field may not be blank.'),
    v.transform((text) => (rule === 'trimmed' ? strip(text) : text)),
    v.check((text) => !text.includes('\0'), 'Null characters are not allowed.'),
    // Strings of Python consist of code points, so only lone surrogates count.
    v.check((text) => text.isWellFormed(), surrogateProblem),
  );

/** The schema of a body with text fields. */
export type TextFields<Name extends string = string> = v.ObjectSchema<
  Record<Name, ReturnType<typeof textField> | v.OptionalSchema<ReturnType<typeof textField>, undefined>>,
  typeof typeProblem | undefined
>;

/**
 * Creates the schema of a body with text fields, by the rules of `CharField` in Django REST framework: required, not null,
 * not blank.
 *
 * @see https://www.django-rest-framework.org/api-guide/fields/#charfield
 */
export const textFields = <Name extends string>(rules: Readonly<Record<Name, FieldRule>>) =>
  v.object(entriesOf(rules), typeProblem);

function entriesOf<Name extends string>(
  rules: Readonly<Record<Name, FieldRule>>,
): Record<Name, ReturnType<typeof textField>>;
function entriesOf(rules: Readonly<Record<string, FieldRule>>): Record<string, ReturnType<typeof textField>> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, textField(rule)]));
}

/**
 * Reads text fields from a body. Numbers are converted to text, as in Django REST framework. Reports the problems of all
 * fields, in the order of the schema.
 *
 * @throws {InputError} with the messages of Django REST framework
 */
export function readFields<Schema extends TextFields>(body: unknown, schema: Schema): v.InferOutput<Schema> {
  const read = reader(body);
  // An object without a prototype, whose members a field could be taken for.
  const sent: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(schema.entries)) {
    const value = read(name);
    if (value !== undefined) sent[name] = value instanceof JsonNumber ? value.text : value;
  }
  const fields = v.safeParse(schema, sent);
  if (fields.success) return fields.output;
  throw new InputError(problemsByField(fields.issues));
}

/** A query parameter that is `true` or `false`; `false` if it is missing. */
export const flag = v.optional(
  v.pipe(
    v.picklist(['true', 'false'], 'Must be a valid boolean.'),
    v.transform((text) => text === 'true'),
  ),
  'false',
);

/** Reads query parameters. @throws {InputError} with the problems of all parameters */
export function readQuery<Schema extends v.GenericSchema>(
  query: HttpRequest['query'],
  schema: Schema,
): v.InferOutput<Schema> {
  const parameters = v.safeParse(schema, query);
  if (!parameters.success) throw new InputError(problemsByField(parameters.issues));
  return parameters.output;
}

/** Returns the messages of issues by the name of their field, in the order of the issues. */
function problemsByField(issues: readonly v.BaseIssue<unknown>[]): FieldErrors {
  const problems = new Map<string, readonly string[]>();
  for (const { path, message } of issues) {
    const name = String(path?.[0].key);
    problems.set(name, [...(problems.get(name) ?? []), message]);
  }
  return Object.fromEntries(problems);
}

/** Returns a function that looks up a field by name. @throws {InputError} for a body that cannot have fields */
function reader(body: unknown): (name: string) => unknown {
  if (body instanceof FormFields) return (name) => body.get(name);
  if (body === null) throw new InputError({ non_field_errors: ['No data provided'] });
  const type = pythonTypeOf(body);
  if (type !== 'dict' || typeof body !== 'object') {
    const sentence = `Invalid data. Expected a dictionary, but got ${type}.`;
    throw new InputError({ non_field_errors: [sentence] });
  }
  const members = new Map<string, unknown>(Object.entries(body));
  return (name) => members.get(name);
}

function pythonTypeOf(value: unknown): string {
  if (value instanceof JsonNumber) return value.kind;
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'str' : 'dict';
}
