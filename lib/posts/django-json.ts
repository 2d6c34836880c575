/**
 * Writes a value as JSON with the same bytes as the Django serializer: a space after each comma and colon.
 *
 * @see https://docs.python.org/3/library/json.html#json.dumps (`separators`, `ensure_ascii=False`)
 */
export function stringifyLikeDjango(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stringifyLikeDjango).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}: ${stringifyLikeDjango(member)}`,
  );
  return `{${members.join(', ')}}`;
}
