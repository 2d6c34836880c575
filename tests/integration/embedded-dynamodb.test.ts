import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { HttpRequest } from '@smithy/core/transport';
import { ClassicLevel } from 'classic-level';
import { expect, it, onTestFinished, vi } from 'vitest';
import { awsJsonRequest } from '../../lib/aws-request.ts';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { createPostRepository } from '../../lib/wiring.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';
import { RESPONSE_MS } from '../../tools/harness/time-limits.ts';
import { postOf } from '../support/posts.ts';

it('the embedded DynamoDB closes the iterators of each query, also of an incomplete one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
  const engine = await startEmbeddedDynamoDB(folder);
  const client = createDocumentClient({ region: 'local', endpoint: engine.endpoint });
  await createTable(client, 'latchkey');
  const posts = createPostRepository({ client, name: 'latchkey' });
  for (let pk = 1; pk <= 5; pk += 1) await posts.put(postOf({ pk }));
  const opening = vi.spyOn(ClassicLevel.prototype, 'values');
  expect((await posts.page(undefined, 2)).posts).toHaveLength(2);
  expect((await posts.page(undefined, undefined)).posts).toHaveLength(5);
  const iterators = opening.mock.results.map(({ value }) => value);
  expect(iterators.length).toBeGreaterThanOrEqual(2);
  // A closed iterator rejects further reads.
  await vi.waitFor(async () => {
    for (const iterator of iterators) await expect(iterator.next()).rejects.toThrow('not open');
  }, RESPONSE_MS);
  opening.mockRestore();
  client.destroy();
  await engine.close();
  await rm(folder, { recursive: true });
});

it.skipIf(process.platform === 'win32')(
  'the embedded DynamoDB rejects writes and keeps its data if the disk is full',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
    const module = new URL('../../local/embedded-dynamodb.ts', import.meta.url).href;
    const script = `import { startEmbeddedDynamoDB } from '${module}';
    console.log((await startEmbeddedDynamoDB('${folder}')).endpoint);`;
    // A limit of 1000 KB per file has the effect of a full disk.
    const command = `ulimit -f 1000; exec '${process.execPath}' --import tsx --input-type=module -e "${script}"`;
    const child = spawn('bash', ['-c', command], { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
    onTestFinished(() => {
      child.kill();
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [endpoint] = await once(child.stdout.setEncoding('utf8'), 'data');
    const client = createDocumentClient({ region: 'local', endpoint: String(endpoint).trim() });
    await createTable(client, 'latchkey');
    const posts = createPostRepository({ client, name: 'latchkey' });
    const content = 'x'.repeat(300_000);
    const fill = async () => {
      for (let pk = 1; pk <= 5; pk += 1) await posts.put(postOf({ pk, content }));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(posts.put(postOf({ pk: 9, content }))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await posts.find(1)).toMatchObject({ content });
    expect(errors).toMatch(/^The data cannot be written \(.*\)\. Free some space, then start again\.\n$/);
    client.destroy();
    child.kill();
    await once(child, 'close');
    await rm(folder, { recursive: true });
  },
);

it('the embedded DynamoDB responds to its own process as it does over HTTP, until it is closed', async () => {
  const engine = await startEmbeddedDynamoDB();
  const url = new URL(engine.endpoint);
  const signed = {
    authorization:
      'AWS4-HMAC-SHA256 Credential=a/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    'x-amz-date': '20260101T000000Z',
  };
  const requestFor = (operation: string) => {
    const target = `DynamoDB_20120810.${operation}`;
    const { headers, ...request } = awsJsonRequest(url, { version: '1.0', target }, { TableName: 'none' });
    return new HttpRequest({ ...request, headers: { ...headers, ...signed } });
  };
  for (const operation of ['ListTables', 'DescribeTable', 'GetItem', 'Nothing']) {
    const { method, headers, body } = requestFor(operation);
    const sent = await fetch(url, { method, headers, body });
    const own = await engine.respond(requestFor(operation));
    const names = ['content-type', 'x-amz-crc32'];
    expect([own.statusCode, await text(own.body), ...names.map((name) => own.headers[name])]).toEqual([
      sent.status,
      await sent.text(),
      ...names.map((name) => sent.headers.get(name)),
    ]);
  }
  // dynalite throws, which must not delay the end of the engine.
  const broken = new HttpRequest({ ...requestFor('ListTables'), body: 'null' });
  await expect(engine.respond(broken)).rejects.toThrow(TypeError);
  await engine.close();
  await expect(engine.respond(requestFor('ListTables'))).rejects.toThrow('closed');
});
