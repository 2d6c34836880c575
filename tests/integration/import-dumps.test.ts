import { gzipSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allPosts, allUsers } from '../../lib/dynamodb/listings.ts';
import { createNewRecords } from '../../lib/wiring.ts';
import type { DumpSource } from '../../manage/import/dump-entries.ts';
import { load } from '../../manage/import/load.ts';
import { createService, tokenOf } from '../../tools/harness/service.ts';
import { createTestTable, type TestTable } from '../../tools/harness/table.ts';
import { cheapHash } from '../../tools/harness/users.ts';
import { chunksOf, dumpOf } from '../support/dumps.ts';
import { importDumps, postRecordOf as post, userRecordOf as user } from '../support/imports.ts';

let table: TestTable;
beforeEach(async () => {
  table = await createTestTable();
});
afterEach(() => table.remove());

const RULES = { userModel: 'auth.user', usernameField: 'username', ignoresUnknownFields: false };

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}
const users = async () => (await collect(allUsers(table))).map(({ id, username }) => [id, username]);
const authors = async () => (await collect(allPosts(table))).map(({ pk, author }) => [pk, author]);
const itemCount = async () =>
  (await table.client.send(new ScanCommand({ TableName: table.name, ConsistentRead: true }))).Items?.length;

describe('a dump with natural keys', () => {
  const userless = [user(null, 'deku'), { ...user(null, 'ochaco'), pk: null }];
  const posts = [
    post(1, { author: ['deku'] }),
    post(2, { author: ['ochaco'] }),
    post(null, { author: ['deku'] }),
  ];

  it.each([
    ['posts last', [[...userless, ...posts]]],
    ['posts first', [[...posts, ...userless]]],
    ['users and posts in two files', [userless, posts]],
    ['posts and users in two files', [posts, userless]],
  ])('is imported whole by one run: %s', async (_, dumps) => {
    const { report: would } = await importDumps(table, dumps, { dryRun: true });
    const { report, problems } = await importDumps(table, dumps);
    expect(problems).toEqual([]);
    expect(report.hasProblems).toBe(false);
    expect(await users()).toEqual([
      [1, 'deku'],
      [2, 'ochaco'],
    ]);
    expect(await authors()).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
    ]);
    expect([would.users, would.posts]).toEqual([report.users, report.posts]);
    const { report: again } = await importDumps(table, dumps);
    expect([again.users.unchanged, again.posts.unchanged]).toEqual([2, 3]);
  });

  it('lists the users with new ids once', async () => {
    const { report } = await importDumps(table, [[user(7, 'izuku'), ...userless]]);
    const line = 'Users without a pk have new ids: deku (8), ochaco (9). ';
    expect(report.lines()).toContainEqual(expect.stringContaining(line));
    const { report: again } = await importDumps(table, [[user(7, 'izuku'), ...userless]]);
    expect(again.lines().join()).not.toContain('new ids');
  });

  it('reports a post whose author it does not contain', async () => {
    const { report, problems } = await importDumps(table, [[...userless, post(1, { author: ['izuku'] })]]);
    expect(problems).toEqual(['1.json, record 3 (blog.post): no user has the name in fields.author']);
    expect(report.hasProblems).toBe(true);
  });
});

describe('a record that is not valid', () => {
  const json = (value: unknown) => JSON.stringify(value);
  const broken = (text: string) => `[${json(user(1, 'deku'))},${text},${json(post(9))}]`;

  it.each([
    ['NaN', json(post(2, { title: 'X' })).replace('"X"', 'NaN'), 'fields.title is not a string'],
    ['Infinity', json(post(2, { title: 'X' })).replace('"X"', '-Infinity'), 'fields.title is not a string'],
    ['1e400', json(post(2)).replace('"pk":2', '"pk":1e400'), 'pk is not an integer'],
    ['a fraction', json(post(2.5)), 'pk is not an integer'],
    ['an id beyond 2^53', json(post(2)).replace('"pk":2', '"pk":707372639259361282'), 'pk is more than'],
    ['an id that 2^53 rounds', json(post(2)).replace('"pk":2', '"pk":9007199254740993'), 'pk is more than'],
    ['a UUID', json(post('7f6e5d4c-3b2a-4190-8f7e-6d5c4b3a2910')), 'pk is a UUID; only integers'],
    [
      'the UUID of an author',
      json(post(2, { author: '7f6e5d4c3b2a41908f7e6d5c4b3a2910' })),
      'author is a UUID',
    ],
    ['a line end in a text', json(post(2)).replace('"c"', '"a\nb"'), 'it is not valid JSON (line 1)'],
    ['a member without a value', '{"model": "blog.post", "pk":}', 'it is not valid JSON (line 1)'],
    ['a text as fields', json({ model: 'blog.post', pk: 2, fields: 'x' }), 'fields is missing'],
  ])('is reported with its place and model, and the others are imported: %s', async (_, text, problem) => {
    const { report, problems } = await importDumps(table, [broken(text)]);
    expect(problems).toEqual([expect.stringContaining(`1.json, record 2 (blog.post): `)]);
    expect(problems[0]).toContain(problem);
    expect(report.hasProblems).toBe(true);
    expect([await users(), await authors()]).toEqual([[[1, 'deku']], [[9, 1]]]);
  });

  it.each([
    ['12345678901234567890', 'contains a key'],
    ['1e300', 'contains a key'],
    ['NaN', 'contains a key'],
    ['null', 'contains a key'],
    ['{"__proto__": {"x": 1}}', 'contains a key'],
    [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'nested too deeply'],
  ])('is reported if its groups are [%.30s]', async (key, problem) => {
    const text = json(user(2, 'x', { groups: ['KEY'] })).replace('"KEY"', key);
    const { problems } = await importDumps(table, [broken(text)]);
    expect(problems).toEqual([expect.stringContaining('record 2 (auth.user): ')]);
    expect(problems[0]).toContain(problem);
    expect([await users(), await authors()]).toEqual([[[1, 'deku']], [[9, 1]]]);
  });

  it('does not change the prototype of objects', async () => {
    const text = json(user(2, 'x')).replace('"fields":{', '"fields":{"__proto__":{"is_superuser":true},');
    const { problems } = await importDumps(table, [broken(text)]);
    expect(problems).toEqual([expect.stringContaining('fields.__proto__ is not a field of the model')]);
    expect(await users()).toEqual([[1, 'deku']]);
  });

  it('is ignored if its model is not imported', async () => {
    const { report, problems } = await importDumps(table, [
      broken('{"model":"geo.point","fields":{"x":NaN}}'),
    ]);
    expect([problems, report.hasProblems]).toEqual([[], false]);
  });

  it('ends at the end of its line in JSON lines', async () => {
    const lines = [json(user(1, 'deku')), '{"model":"blog.post","pk":"2', json(post(9)), ''].join('\n');
    const { problems } = await importDumps(table, [lines]);
    expect(problems).toEqual(['1.json, record 2 (blog.post): it is not valid JSON (line 2)']);
    expect(await authors()).toEqual([[9, 1]]);
  });
});

describe('an unknown field', () => {
  const dump = [user(1, 'deku', { phone: '1' }), post(1, { slug: 's', image: 'i' }), post(2, { slug: 's' })];

  it('makes its record invalid, as in Django, and is counted', async () => {
    const { report, problems } = await importDumps(table, [dump]);
    expect(problems).toEqual([
      '1.json, record 1 (auth.user): fields.phone is not a field of the model',
      '1.json, record 2 (blog.post): fields.slug is not a field of the model; fields.image is not a field of the model',
      '1.json, record 3 (blog.post): fields.slug is not a field of the model',
    ]);
    expect(report.hasProblems).toBe(true);
    const line = 'Unknown fields: auth.user phone (1), blog.post slug (2), blog.post image (1). ';
    expect(report.lines().join('\n')).toContain(
      `${line}--ignorenonexistent imports the records without these fields.`,
    );
    expect(await users()).toEqual([]);
  });

  it('is ignored and counted with --ignorenonexistent', async () => {
    const rules = { ...RULES, ignoresUnknownFields: true };
    const { report, problems } = await importDumps(table, [dump], { rules });
    expect([problems, report.hasProblems]).toEqual([[], false]);
    expect(report.lines()).toContain(
      'Ignored, unknown fields: auth.user phone (1), blog.post slug (2), blog.post image (1)',
    );
    expect(await authors()).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });
});

describe('a password hash that no password matches', () => {
  const hashes = [
    'pbkdf2_sha256$1$salt$aGFzaA==',
    '!unusable',
    'crypt$$ab1Hv2Lg7ltQo',
    'pbkdf2_sha256$9000000$salt$aGFzaA==',
    '$2y$10$AAAAAAAAAAAAAAAAAAAAAA',
    'pa$$word',
  ];
  const dump = hashes.map((password, index) => user(index + 1, `user-${index + 1}`, { password }));

  it.each([true, false])('is reported before anything is written (dry run: %s)', async (dryRun) => {
    let items: Promise<number | undefined> | undefined;
    const findings: string[] = [];
    const onFinding = (line: string) => {
      findings.push(line);
      items ??= itemCount();
    };
    const { report } = await importDumps(table, [dump], { dryRun, onFinding });
    expect(findings).toEqual([
      expect.stringContaining('unsupported algorithm crypt (1: user-3)'),
      expect.stringContaining('pbkdf2_sha256 with a cost beyond the limit (1: user-4)'),
      expect.stringContaining('bcrypt without the prefix "bcrypt$" (1: user-5)'),
      expect.stringContaining('text that is not a password hash (1: user-6)'),
    ]);
    expect(await items).toBe(0);
    const unusable = 'Users without a usable password, as in Django: 1.';
    expect(report.lines()).toEqual(expect.arrayContaining([...findings, unusable]));
    expect(report.hasProblems).toBe(false);
  });
});

describe('usernames that differ by case only', () => {
  const dump = [user(1, 'anna'), user(2, 'ANNA'), user(3, 'bert'), user(3, 'bert')];

  it('are imported as different users, and reported', async () => {
    const { report, findings } = await importDumps(table, [dump]);
    expect(findings).toContain('Usernames that differ by case only are different users here: anna and ANNA.');
    expect(report.hasProblems).toBe(false);
    expect((await users()).length).toBe(3);
  });

  it('are rejected with --refuse-case-conflicts before anything is written', async () => {
    const { report } = await importDumps(table, [dump], { refusesCaseConflicts: true });
    expect(report.hasProblems).toBe(true);
    expect(report.lines()).toContainEqual(expect.stringContaining('anna and ANNA'));
    expect(await itemCount()).toBe(0);
  });
});

describe('a dump with another user model', () => {
  const { username: _, date_joined: __, ...fields } = user(1, 'x').fields;
  const custom = {
    model: 'accounts.user',
    pk: 1,
    fields: { ...fields, email: 'deku@ua.jp', last_login: null },
  };

  it('fails without an option, and the summary names the option that imports it', async () => {
    const { report } = await importDumps(table, [[custom, post(1)]]);
    expect(report.hasProblems).toBe(true);
    expect(report.lines()).toEqual(
      expect.arrayContaining([
        'No user has the id 1, the author of 1 post.',
        'The dump has users of the model accounts.user. To import them, pass --user-model accounts.user.',
        'Ignored models: accounts.user (1)',
      ]),
    );
  });

  it('is imported with --user-model and --username-field', async () => {
    const rules = { ...RULES, userModel: 'accounts.User', usernameField: 'email' };
    const { report, problems } = await importDumps(table, [[custom, post(1, { author: ['deku@ua.jp'] })]], {
      rules,
    });
    expect([problems, report.hasProblems]).toEqual([[], false]);
    expect(await users()).toEqual([[1, 'deku@ua.jp']]);
    expect(await authors()).toEqual([[1, 1]]);
    expect((await collect(allUsers(table)))[0]?.email).toBe('deku@ua.jp');
  });

  it('is dumped with its name and its own fields, also for users created here', async () => {
    const rules = { ...RULES, userModel: 'accounts.User', usernameField: 'email' };
    await importDumps(table, [[custom]], { rules });
    await createNewRecords(table, Date.now).createUser({ username: 'ochaco@ua.jp', password: '!' });
    const created = { ...custom, pk: 2, fields: { ...custom.fields, email: 'ochaco@ua.jp' } };
    expect(JSON.parse(await dumpOf(table))).toEqual([custom, created]);
    await importDumps(table, [[custom]], { rules: { ...rules, userModel: 'auth.user' }, dryRun: true });
    expect(JSON.parse(await dumpOf(table))).toEqual([custom, created]);
    await importDumps(table, [[user(3, 'izuku')]]);
    expect(JSON.parse(await dumpOf(table))).toMatchObject([
      { model: 'auth.user', pk: 1, fields: { username: 'deku@ua.jp', first_name: '' } },
      { model: 'auth.user', pk: 2 },
      { model: 'auth.user', pk: 3 },
    ]);
  });

  it('has invalid records without the field in --username-field', async () => {
    const rules = { ...RULES, userModel: 'accounts.user', usernameField: 'phone' };
    const { problems } = await importDumps(table, [[custom]], { rules });
    expect(problems).toEqual([
      expect.stringContaining('record 1 (accounts.user): fields.phone is not a string'),
    ]);
  });

  it('fails if authors are missing', async () => {
    const { report } = await importDumps(table, [[post(1)]]);
    expect(report.hasProblems).toBe(true);
  });
});

describe('a username of two users', () => {
  const rejected = 'another user of the dumps has the username';

  it('is reported, and the first user keeps it, as Django rejects the dump', async () => {
    const dumps = [[user(1, 'deku'), user(2, 'ochaco'), post(1)], [user(3, 'deku')]];
    for (const dryRun of [true, false]) {
      const { report, problems } = await importDumps(table, dumps, { dryRun });
      expect(problems).toEqual([`2.json, record 1 (auth.user): ${rejected}`]);
      expect([report.users, report.hasProblems]).toEqual([
        { created: 2, updated: 0, unchanged: 0, invalid: 1, renamed: 0 },
        true,
      ]);
    }
    expect(await users()).toEqual([
      [1, 'deku'],
      [2, 'ochaco'],
    ]);
  });

  it('is accepted if an earlier record of the first user has another one', async () => {
    const dumps = [
      [user(1, 'deku'), user(2, 'ochaco')],
      [user(1, 'izuku'), user(2, 'deku')],
    ];
    const { problems } = await importDumps(table, dumps);
    expect(problems).toEqual([]);
    expect(await users()).toEqual([
      [1, 'izuku'],
      [2, 'deku'],
    ]);
  });
});

describe('a user with several records', () => {
  it('has only the last username, also if another user has taken the first one', async () => {
    await importDumps(table, [[user(2, 'b')]]);
    await importDumps(table, [[user(9, 'b'), user(2, 'c')], [user(2, 'd')]]);
    expect(await users()).toEqual([
      [2, 'd'],
      [9, 'b'],
    ]);
  });
});

describe('a compressed file that is damaged', () => {
  it('is reported, and none of its records is imported', async () => {
    const records = Buffer.from(JSON.stringify([user(1, 'deku'), post(1)]));
    const zip = zipSync({ 'dump.json': records }, { level: 0 });
    zip[Buffer.from(zip).indexOf('deku')] = 0x44;
    const gzip = gzipSync(records);
    gzip.writeUInt32LE(0, gzip.length - 8);
    const { report, problems } = await importDumps(table, [zip, gzip, [user(2, 'ochaco')]]);
    expect(problems).toEqual([
      expect.stringMatching(/^1\.json: The zip archive is damaged/),
      '2.json: The gzip file is damaged or ends too early.',
    ]);
    expect(report.hasProblems).toBe(true);
    expect([await users(), await authors()]).toEqual([[[2, 'ochaco']], []]);
  });
});

describe('a dump that changes while it is read', () => {
  it('is rejected before the ids that were not reserved are stored', async () => {
    const [before, after] = [[user(1, 'deku')], [user(1, 'deku'), user(2, 'ochaco')]].map((dump) =>
      JSON.stringify(dump),
    );
    let opened = 0;
    const source: DumpSource = {
      name: 'dump.json',
      open: () => chunksOf(Buffer.from((opened++ === 0 ? before : after) ?? '')),
    };
    await expect(load({ table, sources: [source], dryRun: false, onProblem: () => {} })).rejects.toThrow(
      'The dump changed while it was read. Run the command again.',
    );
    expect(await users()).toEqual([]);
  });
});

describe('an e-mail address', () => {
  it('is imported only if tokens that contain it are valid', async () => {
    const [longest, tooLong] = [320, 321].map((length) => '\u{1f600}'.repeat(length));
    const username = '\u{1f600}'.repeat(150);
    const { problems } = await importDumps(table, [
      [
        user(1, username, { email: longest, password: cheapHash('pw') }),
        user(2, 'izuku', { email: tooLong }),
      ],
    ]);
    expect(problems).toEqual(['1.json, record 2 (auth.user): fields.email is longer than 320 characters']);
    const service = createService(table);
    const token = tokenOf(await service.post('obtain', { username, password: 'pw' }));
    expect(await service.post('verify', { token })).toMatchObject({ status: 200 });
  });
});

describe('a large record', () => {
  it.each(['"', '\n', '<', '\u0001'])('is measured without the escapes of JSON: %j', async (character) => {
    const content = character.repeat(390_000);
    const { problems } = await importDumps(table, [[user(1, 'deku'), post(1, { content })]]);
    expect(problems).toEqual([]);
    expect((await collect(allPosts(table)))[0]?.content).toBe(content);
  });

  it('is reported if it is larger than an item', async () => {
    const { problems } = await importDumps(table, [
      [user(1, 'deku'), post(1, { content: '유'.repeat(140_000) }), post(2)],
    ]);
    expect(problems).toEqual(['1.json, record 2 (blog.post): it is larger than an item may be, 400 KB']);
    expect(await authors()).toEqual([[2, 1]]);
  });

  it('is reported if it is too long to be kept in memory', async () => {
    const { problems } = await importDumps(table, [
      [user(1, 'deku'), post(1, { content: 'x'.repeat(9_000_000) }), post(2)],
    ]);
    expect(problems).toEqual([expect.stringContaining('record 2')]);
    expect(await authors()).toEqual([[2, 1]]);
  });
});
