import { InputError } from '../errors.ts';
import { parseDatetime } from './datetime.ts';
import type { Position } from './post.ts';

const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6})#(0|[1-9]\d{0,15})$/;

/** Writes a position as the opaque text that a client hands back. */
export const encodeCursor = ({ instant, pk }: Position): string =>
  Buffer.from(`${instant}#${pk}`).toString('base64url');

/**
 * Reads a cursor, taking nothing but what {@link encodeCursor} writes.
 *
 * @throws {InputError} on `cursor`
 */
export function decodeCursor(cursor: string): Position {
  const [, instant, digits] = FORM.exec(Buffer.from(cursor.slice(0, 100), 'base64url').toString()) ?? [];
  const position = { instant: instant ?? '', pk: Number(digits) };
  const canonical =
    Number.isSafeInteger(position.pk) &&
    parseDatetime(position.instant)?.instant === instant &&
    encodeCursor(position) === cursor;
  if (!canonical) throw new InputError({ cursor: ['Invalid cursor.'] });
  return position;
}
