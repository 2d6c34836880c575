import type { Table } from '../../lib/dynamodb/client.ts';
import { type LoadOptions, load } from '../../manage/import/load.ts';
import { chunksOf } from './dumps.ts';

type Fields = Record<string, unknown>;
const MOMENT = '2019-06-04T15:00:01';

/** A record of a user as Django writes it; `null` leaves the pk out. */
export const userRecordOf = (pk: unknown, username: string, fields: Fields = {}) => ({
  model: 'auth.user',
  ...(pk === null ? {} : { pk }),
  fields: { username, password: '!', email: '', date_joined: MOMENT, ...fields },
});

/** A record of a post as Django writes it. */
export const postRecordOf = (pk: unknown, fields: Fields = {}) => ({
  model: 'blog.post',
  pk,
  fields: {
    ...{ author: 1, title: 't', content: 'c', published_at: null },
    ...{ created_at: MOMENT, updated_at: MOMENT },
    ...fields,
  },
});

type Dump = readonly unknown[] | string | Uint8Array;

const bytesOf = (dump: Dump): Uint8Array =>
  dump instanceof Uint8Array ? dump : Buffer.from(typeof dump === 'string' ? dump : JSON.stringify(dump));

/** Imports dumps: records, or a file as it is. Returns the report and the lines that were printed. */
export async function importDumps(table: Table, dumps: readonly Dump[], options: Partial<LoadOptions> = {}) {
  const problems: string[] = [];
  const findings: string[] = [];
  const sources = dumps.map((dump, index) => ({
    name: `${index + 1}.json`,
    open: () => chunksOf(bytesOf(dump), [4096]),
  }));
  const report = await load({
    ...{ table, sources, dryRun: false },
    onProblem: (line) => problems.push(line),
    onFinding: (line) => findings.push(line),
    ...options,
  });
  return { report, problems, findings };
}
