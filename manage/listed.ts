/** How many names a line lists. */
const LISTED = 10;

/** Joins names. Counts those after the first ten. */
export const listed = (names: readonly string[]): string => {
  const rest = names.length - LISTED;
  return `${names.slice(0, LISTED).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
};
