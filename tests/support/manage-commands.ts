import { fileURLToPath } from 'node:url';
import { FIXTURE } from '../../contract/cases.ts';

const fixture = fileURLToPath(FIXTURE);

/** One call of each command that changes the data of a table. */
export const CHANGING_CALLS: readonly string[][] = [
  ['createsuperuser', '--username', 'root', '--password-stdin'],
  ['users', 'add', 'ochaco', '--password-stdin'],
  ['changepassword', 'deku', '--password-stdin'],
  ['users', 'disable', 'deku'],
  ['users', 'enable', 'deku'],
  ['users', 'delete', 'deku'],
  ['sessions', 'end', 'deku'],
  ['posts', 'add', '--title', 'T', '--author', 'deku', '--content', 'text'],
  ['posts', 'publish', '1'],
  ['posts', 'unpublish', '1'],
  ['posts', 'delete', '1'],
  ['loaddata', fixture],
  ['loaddata', '-'],
];

/** One call of each command that only reads a table. */
export const READING_CALLS: readonly string[][] = [
  ['users', 'list', '--json'],
  ['sessions', 'list', 'deku', '--json'],
  ['posts', 'list', '--json'],
  ['dumpdata'],
  ['loaddata', '--dry-run', fixture],
];

/** A call of each command that changes something outside the table. */
export const OTHER_CALLS: readonly string[][] = [['secret', 'create']];
