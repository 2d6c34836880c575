import { InputError } from '../errors.ts';
import { strip } from '../python-strip.ts';
import { FormFields } from './form-fields.ts';
import { JsonNumber } from './json-number.ts';

/** Whether leading and trailing white space is removed. Text that consists of white space is blank in both cases. */
export type FieldRule = 'trimmed' | 'verbatim';

/**
 * Reads text fields from a body by the rules of `CharField` in Django REST framework: required, not null, not blank;
 * numbers are converted to text. Reports the problems of all fields, in the order of `rules`.
 *
 * @throws {InputError} with the messages of Django REST framework
 * @see https://www.django-rest-framework.org/api-guide/fields/#charfield
 */
export function readFields<Name extends string>(
  body: unknown,
  rules: Readonly<Record<Name, FieldRule>>,
): Record<Name, string>;
export function readFields(
  body: unknown,
  rules: Readonly<Record<string, FieldRule>>,
): Record<string, string> {
  const field = reader(body);
  const errors: Record<string, readonly string[]> = {};
  const fields: Record<string, string> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const { text, problems } = readText(field(name), rule);
    fields[name] = text;
    if (problems.length > 0) errors[name] = problems;
  }
  if (Object.keys(errors).length > 0) throw new InputError(errors);
  return fields;
}

/** Returns whether a body has a field, whatever its value. @throws {InputError} for a body that cannot have fields */
export const hasField = (body: unknown, name: string): boolean => reader(body)(name) !== undefined;

/** Returns a function that looks up a field by name. @throws {InputError} for a body that cannot have fields */
function reader(body: unknown): (name: string) => unknown {
  if (body instanceof FormFields) return (name) => body.values.get(name);
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

function readText(value: unknown, rule: FieldRule): { text: string; problems: readonly string[] } {
  if (value === undefined) return refused('This field is required.');
  if (value === null) return refused('This field may not be null.');
  const raw = value instanceof JsonNumber ? value.text : value;
  if (typeof raw !== 'string') return refused('Not a valid string.');
  const stripped = strip(raw);
  if (stripped === '') return refused('This field may not be blank.');
  const text = rule === 'trimmed' ? stripped : raw;
  return { text, problems: forbiddenCharacters(text) };
}

const refused = (problem: string) => ({ text: '', problems: [problem] });

/** Python's strings consist of code points, so only lone surrogates count. */
function forbiddenCharacters(text: string): string[] {
  const [surrogate] = /\p{Surrogate}/u.exec(text) ?? [];
  return [
    ...(text.includes('\0') ? ['Null characters are not allowed.'] : []),
    ...(surrogate === undefined
      ? []
      : [`Surrogate characters are not allowed: U+${surrogate.charCodeAt(0).toString(16).toUpperCase()}.`]),
  ];
}
