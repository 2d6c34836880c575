import { InputError, InternalError } from '../errors.ts';
import { parseDatetime } from './datetime.ts';
import type { Post } from './post.ts';

/** A position in the list of published posts, which is sorted newest first, then by ascending pk. */
export interface Position {
  /** When the post was published, in UTC, `YYYY-MM-DDTHH:MM:SS.ffffff`. */
  readonly instant: string;
  readonly pk: number;
}

/** Returns the position of a post; a draft has none. @throws {InternalError} if `publishedAt` is not a datetime */
export function positionOf({ publishedAt, pk }: Post): Position | undefined {
  if (publishedAt === null) return undefined;
  const instant = parseDatetime(publishedAt)?.instant;
  if (instant === undefined) throw new InternalError('the published_at of a post is not a datetime');
  return { instant, pk };
}

/** The largest pk, 2^53 - 1, has 16 digits. */
const SORT_KEY = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6})#(\d{16})$/;

/** Returns the text by which the posts are sorted. The pk is inverted, because the list is read in descending order. */
export const toSortKey = ({ instant, pk }: Position): string =>
  `${instant}#${String(Number.MAX_SAFE_INTEGER - pk).padStart(16, '0')}`;

/** Returns the opaque text by which a client names the position of the last post that it has. */
export const encodeCursor = (position: Position): string =>
  Buffer.from(toSortKey(position)).toString('base64url');

/** Parses a cursor. Accepts only the exact output of {@link encodeCursor}. @throws {InputError} for the field `cursor` */
export function decodeCursor(cursor: string): Position {
  const sortKey = Buffer.from(cursor.slice(0, 100), 'base64url').toString();
  const [, instant = '', digits = ''] = SORT_KEY.exec(sortKey) ?? [];
  const position = { instant, pk: Number.MAX_SAFE_INTEGER - Number(digits) };
  const isCanonical =
    position.pk >= 0 && parseDatetime(instant)?.instant === instant && encodeCursor(position) === cursor;
  if (!isCanonical) throw new InputError({ cursor: ['Invalid cursor.'] });
  return position;
}
