import { gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { type DumpRecord, DumpSyntaxError, readDump } from '../../lib/django/read-dump.ts';
import { chunksOf } from '../support/dumps.ts';

async function read(file: Uint8Array, lengths: readonly number[] = [1000]) {
  const records: DumpRecord[] = [];
  try {
    for await (const record of readDump(chunksOf(file, lengths))) records.push(record);
  } catch (error) {
    if (!(error instanceof DumpSyntaxError)) throw error;
    return { records, fault: error.message };
  }
  return { records, fault: undefined };
}

const RECORDS = [
  { model: 'a.b', pk: 1, fields: { text: '유é\u2028"\\' } },
  { model: 'a.b', pk: 2, fields: {} },
];
const VALUES = RECORDS.map((value, index) => ({ kind: 'parsed', place: index + 1, value }));
const ARRAY = Buffer.from(JSON.stringify(RECORDS, null, 2));
const LINES = Buffer.from(RECORDS.map((record) => `${JSON.stringify(record)}\r\n`).join(''));
const zip = (files: Record<string, Uint8Array>, level: 0 | 9 = 9) => zipSync(files, { level });
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('readDump', () => {
  it.each([
    ['a JSON array', ARRAY],
    ['a JSON array after a byte order mark', Buffer.concat([Buffer.from('\ufeff'), ARRAY])],
    ['JSON lines', LINES],
    ['JSON lines without a line end at the end', LINES.subarray(0, -2)],
    [
      'JSON values of several lines',
      Buffer.from(RECORDS.map((one) => JSON.stringify(one, null, 2)).join('\n')),
    ],
    ['gzip', gzipSync(ARRAY)],
    ['gzip of JSON lines', gzipSync(LINES)],
    ['gzip of two members', Buffer.concat([gzipSync(ARRAY.subarray(0, 20)), gzipSync(ARRAY.subarray(20))])],
    ['zip', zip({ 'dump.json': ARRAY })],
    ['zip without compression', zip({ 'dump.json': ARRAY }, 0)],
    ['zip of JSON lines in a folder', zip({ 'a/': new Uint8Array(0), 'a/dump.jsonl': LINES })],
    ['zip of the Finder', zip({ 'dump.json': ARRAY, '__MACOSX/._dump.json': strToU8('\0\x05') })],
  ])('detects %s by its content', async (_, file) => {
    for (const length of [1, 7, 100_000]) {
      expect(await read(file, [length])).toEqual({ records: VALUES, fault: undefined });
    }
  });
});

describe('readDump, for an invalid record', () => {
  it.each(['\u00a0', '\v', '\f', '\u00a0\u00a0x', '\u2028', '\ufeff'])(
    'reports one record and continues after a JSON line that begins with %j',
    async (text) => {
      const file = Buffer.from(`{"model":"a.b"}\n${text}\n{"model":"c.d"}`);
      for (const length of [1, 2, 100]) {
        const records: DumpRecord[] = [];
        for await (const record of readDump(chunksOf(file, [length]))) {
          records.push(record);
          // An endless list would fill the memory.
          if (records.length > 3) break;
        }
        expect(records).toEqual([
          { kind: 'parsed', place: 1, value: { model: 'a.b' } },
          { kind: 'unreadable', place: 2, problem: expect.stringContaining('not valid'), model: undefined },
          { kind: 'parsed', place: 3, value: { model: 'c.d' } },
        ]);
      }
    },
  );
});

describe('readDump, for a file that is not a dump', () => {
  const sql = 'INSERT INTO auth_user VALUES (1);';
  it.each([
    ['', 'It is empty.'],
    [' \n\t', 'It is empty.'],
    ['<!DOCTYPE html><html>', 'It is an HTML page.'],
    ['\n<html lang="en">', 'It is an HTML page.'],
    ['<?xml version="1.0"?><django-objects>', 'It is XML.'],
    ['- model: auth.user\n  pk: 1', 'It is YAML.'],
    [`-- MySQL dump 10.13\n${sql}`, 'It is an SQL script.'],
    [`--\n-- PostgreSQL database dump\n--\n${sql}`, 'It is an SQL script.'],
    [`BEGIN TRANSACTION;\n${sql}`, 'It is an SQL script.'],
    ['id,username,email\n1,deku,d@x', 'It is CSV.'],
    ['id;username\r\n1;deku', 'It is CSV.'],
    ['SQLite format 3\0\x10\0', 'It is an SQLite database.'],
    ['PGDMP\x01\x0e', 'It is a dump of PostgreSQL.'],
    ['\xfd7zXZ\0\0', 'It is compressed by xz. Decompress it: xz -dc FILE | npm run manage -- loaddata -'],
    ['BZh91AY', 'It is compressed by bzip2. Decompress it: bzip2 -dc FILE | '],
    ['\x28\xb5\x2f\xfd', 'It is compressed by zstd.'],
    ['7z\xbc\xaf\x27\x1c', 'It is a 7-Zip archive.'],
    ['nonsense', 'A dump is a JSON array of records.'],
  ])('names the format and the remedy: %j', async (text, said) => {
    for (const file of [latin1(text), gzipSync(latin1(text))]) {
      const { records, fault } = await read(file);
      expect(records).toEqual([]);
      expect(fault).toContain(said);
      // Each message names a command.
      expect(fault).toMatch(/dumpdata|xz|bzip2|zstd|Extract/);
    }
  });

  it.each([
    ['UTF-16LE with a mark', Buffer.from('\ufeff[]', 'utf16le'), 'iconv -f UTF-16 '],
    ['UTF-16LE', Buffer.from('[{}]', 'utf16le'), 'iconv -f UTF-16LE '],
    ['UTF-16BE', Buffer.from('[{}]', 'utf16le').swap16(), 'iconv -f UTF-16BE '],
    ['UTF-16BE with a mark', Buffer.from('\ufeff[]', 'utf16le').swap16(), 'iconv -f UTF-16 '],
  ])('names the command that converts %s', async (_, file, said) => {
    expect((await read(file)).fault).toContain(said);
  });

  it.each([
    ['Loading .env\nINFO: x\n[\n{"model": "a.b"}]', 'begins in line 3'],
    ['Loading .env... [{"model": "a.b"}]', 'begins in line 1'],
    ['[2024-11-26 10:00:00] INFO x\n[{"model": "a.b"}]', 'begins in line 2'],
    ['WARNING\n{"model": "a.b"}\n', 'begins in line 2'],
  ])('names the line in which the JSON begins after other text: %j', async (text, said) => {
    const { fault } = await read(Buffer.from(text));
    expect(fault).toContain(`Other text comes before the JSON, which ${said}. `);
  });

  it.each([
    ['\xfd7zXZ\0\0', 'back ups/a.json', "xz -dc 'back ups/a.json' | npm run manage -- loaddata -"],
    [
      '\xff\xfe[]',
      '/tmp/dump.json',
      'iconv -f UTF-16 -t UTF-8 /tmp/dump.json | npm run manage -- loaddata -',
    ],
    ['INFO\n[{"model": "a.b"}]', "it's.json", "tail -n +2 'it'\\''s.json' | npm run manage -- loaddata -"],
    ['nonsense', '/tmp/dump.json', 'A dump is a JSON array'],
  ])('names the file in the command, and does not overwrite it: %j', async (text, path, said) => {
    const read = readDump(chunksOf(latin1(text)), path).next();
    await expect(read).rejects.toThrow(said);
    await expect(read).rejects.not.toThrow(/FILE|> dump/);
  });

  it('names the file in the command for a record that is not UTF-8', async () => {
    const file = Buffer.concat([Buffer.from('[{"model": "'), Buffer.from([0xe9]), Buffer.from('"}]')]);
    const { value } = await readDump(chunksOf(file), 'dump.json').next();
    expect(value?.problem).toContain('iconv -f CP1252 -t UTF-8 dump.json | npm run manage -- loaddata -');
  });

  it('rejects a tar archive', async () => {
    const file = Buffer.alloc(512, 0);
    file.write('dump.json', 0);
    file.write('ustar', 257);
    expect((await read(gzipSync(file))).fault).toContain('It is a tar archive.');
  });

  it('rejects a damaged or incomplete archive', async () => {
    const gzip = gzipSync(ARRAY);
    const damaged = 'The gzip file is damaged or ends too early.';
    expect((await read(gzip.subarray(0, -9))).fault).toBe(damaged);
    expect((await read(Buffer.concat([gzip.subarray(0, 40), Buffer.alloc(40)]))).fault).toBe(damaged);
    const archive = zip({ 'dump.json': Buffer.from(JSON.stringify(Array(500).fill(RECORDS[0]))) });
    expect((await read(archive.subarray(0, archive.length / 2))).fault).toMatch(
      /^The zip archive is damaged, incomplete, encrypted/,
    );
    expect((await read(zip({ 'a.json': ARRAY, 'b.json': ARRAY }))).fault).toMatch(/several files/);
    const other = zip({ 'dump.json': ARRAY });
    // The method in the local file header: bzip2.
    other[8] = 12;
    expect((await read(other)).fault).toMatch(/not compressed by deflate/);
    expect((await read(zip({}))).fault).toBe('It is an empty zip archive.');
  });

  it.each([0, 9] as const)('a zip archive whose text is damaged, compressed at level %i', async (level) => {
    const archive = zip({ 'a/': new Uint8Array(0), 'a/dump.json': ARRAY }, level);
    const at = Buffer.from(archive).indexOf('text');
    const damaged = Uint8Array.from(archive);
    // Compressed, the checksum is damaged instead.
    if (at >= 0) damaged[at] = 'T'.charCodeAt(0);
    else new DataView(damaged.buffer).setUint32(Buffer.from(archive).lastIndexOf('PK\u0001\u0002') + 16, 1);
    expect((await read(damaged)).fault).toMatch(/^The zip archive is damaged, incomplete, encrypted/);
  });

  it('a zip archive without its directory, which ends it', async () => {
    const archive = zip({ 'dump.json': ARRAY });
    const directory = Buffer.from(archive).indexOf('PK\u0001\u0002');
    expect((await read(archive.subarray(0, directory))).fault).toMatch(/^The zip archive is damaged/);
    const commented = Buffer.concat([archive, Buffer.from('a comment')]);
    commented.writeUInt16LE(9, archive.length - 2);
    expect(await read(commented)).toEqual({ records: VALUES, fault: undefined });
  });

  it('two arrays in one file', async () => {
    const { records, fault } = await read(Buffer.concat([ARRAY, ARRAY]));
    expect(records).toEqual(VALUES);
    expect(fault).toMatch(/^The JSON is broken or ends too early \(line \d+\)/);
  });
});
