import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readCredentials } from '../../lib/config.ts';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import {
  calls,
  type Outcome,
  outcomeOf,
  pausesDuring,
  useComparedClients,
  useShortPauses,
} from '../support/compared-clients.ts';

// Sends the same calls with the SDK's document client and with the client of the functions, and compares results, errors,
// attempts, pauses and the stored item.

/** Responses arrive at once. A busy machine must not cause a timeout. */
const TIMEOUTS = { connectMs: 20_000, requestMs: 20_000, attemptMs: 20_000 };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the client of the functions, compared with the document client', () => {
  const makeCall = useComparedClients();

  it.each(Object.keys(calls))('has the same result for a %s', async (name) => {
    const { expected, actual } = await makeCall(name, []);
    expect(actual).toEqual(expected);
    expect(actual).toMatchObject({ attempts: 1, pauses: [] });
  });
});

/** A response as a server sends it, or as its status and error type. */
type Canned = readonly [status: number, body: string | object, headers?: Record<string, string>];

/** A server that sends the canned responses in order, and then repeats the last one. */
async function startCannedServer(responses: readonly Canned[]) {
  const requests: {
    readonly headers: IncomingHttpHeaders;
    readonly body: unknown;
    /** The port of the client, which identifies the connection. */
    readonly port: number | undefined;
  }[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const body: unknown = JSON.parse((await buffer(incoming)).toString());
    const [status, content, headers] = responses[Math.min(requests.length, responses.length - 1)] ?? [
      500,
      '',
    ];
    requests.push({ headers: incoming.headers, body, port: incoming.socket.remotePort });
    outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers });
    outgoing.end(typeof content === 'string' ? content : JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

describe('the response of DynamoDB', () => {
  useShortPauses();

  const TYPE = 'com.amazonaws.dynamodb.v20120810#';
  const error = (type: string, others = {}) => ({ __type: `${TYPE}${type}`, message: 'x', ...others });
  const found = { Item: { a: { S: 'x' } } };
  const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
  const REASONS = [
    { reason: 'TableReadProvisionedThroughputExceeded', resource: 'arn:aws:dynamodb:eu-west-1:1:table/t' },
  ];
  const numbers = ['0', '-0', '1', '9007199254740991', '1e-130', '1.5', '-7', '123456789.123456789'];
  const cases: Record<string, readonly Canned[]> = {
    'with every type of attribute': [
      [
        200,
        {
          Item: {
            s: { S: '' },
            n: { N: '1' },
            b: { BOOL: false },
            z: { NULL: true },
            l: { L: [{ N: '1' }, { M: {} }] },
            ss: { SS: ['a'] },
            ns: { NS: ['1'] },
          },
        },
      ],
    ],
    ...Object.fromEntries(numbers.map((N) => [`with the number ${N}`, [[200, { Item: { N: { N } } }]]])),
    'with a number that is not safe': [[200, { Item: { n: { N: '9007199254740993' } } }]],
    'with a number of 38 digits': [[200, { Item: { n: { N: '0.12345678901234567890123456789012345678' } } }]],
    'with an unknown type of attribute': [[200, { Item: { a: { X: '1' } } }]],
    'that is not JSON': [[200, '<html>']],
    'with null instead of an item': [[200, { Item: null }]],
    'with throttling reasons': [[400, error('ThrottlingException', { throttlingReasons: REASONS })]],
    'that throttles, and succeeds': [
      [400, error('RequestLimitExceeded')],
      [200, found],
    ],
    'that throttles without a message, and succeeds': [
      [400, { __type: `${TYPE}ThrottlingException`, message: null }],
      [200, found],
    ],
    'with status 429': [
      [429, ''],
      [200, found],
    ],
    'of a proxy with status 502': [
      [502, '<html>', { 'content-type': 'text/html' }],
      [200, found],
    ],
    'with status 503': [[503, error('ServiceUnavailable')]],
    'with the type in a header': [[400, {}, { 'x-amzn-errortype': 'ValidationException:http://a/' }]],
    'with a message in capitals': [[400, { __type: `${TYPE}ValidationException`, Message: 'm' }]],
    'without a type': [[418, {}]],
    'with expired credentials': [[400, error('ExpiredTokenException')]],
    'with a signature that expired': [
      [400, { __type: 'InvalidSignatureException', message: 'Signature expired: x' }],
    ],
    'that refuses access': [[400, error('AccessDeniedException')]],
    'with a failed condition and the old item': [
      [400, error('ConditionalCheckFailedException', { Item: { pk: { S: 'a' } } })],
    ],
    'with another clock, and refused': [
      [400, { __type: 'InvalidSignatureException', message: 'x' }, { date: inAnHour() }],
      [200, found, { date: inAnHour() }],
    ],
  };

  const settings = (endpoint: string) => ({ region: 'local', endpoint, timeouts: TIMEOUTS });
  const call = {
    TableName: 't',
    Key: { pk: 'a', n: 1n },
    ExpressionAttributeNames: { '#a': 'a' },
    ConsistentRead: true,
  };

  it.each(Object.entries(cases))('%s has the same effect on both clients', async (_, responses) => {
    const observed = [];
    for (const create of [createDocumentClient, createItemClient]) {
      const { endpoint, requests } = await startCannedServer(responses);
      const client = create(settings(endpoint));
      let outcome: Outcome = {};
      const pauses = await pausesDuring(async () => {
        outcome = await outcomeOf(client.get(call));
      });
      client.destroy();
      const { 'x-amz-target': target, 'content-type': type } = requests[0]?.headers ?? {};
      observed.push({ outcome, pauses, target, type, bodies: requests.map(({ body }) => body) });
    }
    const [expected, actual] = observed;
    expect(actual).toEqual(expected);
  });

  it.each(['', '[]', 'null', '"x"'])(
    'is an error if it is %j, and not an item that does not exist',
    async (body) => {
      const { endpoint } = await startCannedServer([[200, body]]);
      const client = createItemClient(settings(endpoint));
      await expect(client.get(call)).rejects.toThrow();
      client.destroy();
    },
  );

  it('corrects the clock of the next requests', async () => {
    const date = inAnHour();
    const { endpoint, requests } = await startCannedServer([
      [400, { __type: 'InvalidSignatureException', message: 'x' }, { date }],
      [200, found, { date }],
    ]);
    const now = Date.UTC(2026, 0, 1);
    const client = createItemClient({ ...settings(endpoint), clock: () => now });
    await client.get(call);
    await client.get(call);
    client.destroy();
    const signed = requests.map(({ headers }) => headers['x-amz-date']);
    const corrected = new Date(date).toISOString().replace(/[-:]|\.\d{3}/g, '');
    expect(signed).toEqual(['20260101T000000Z', corrected, corrected]);
  });

  it('is requested with the credentials that the environment has at each attempt', async () => {
    const { endpoint, requests } = await startCannedServer([
      [400, error('ExpiredTokenException')],
      [200, found],
    ]);
    const target = { region: 'eu-west-1', endpoint: undefined, awsEndpoint: endpoint };
    const client = createItemClient({ ...target, credentials: readCredentials });
    for (const [id, sessionToken] of [
      ['EXPIRED', 'one'],
      ['ROTATED', 'two'],
    ] as const) {
      vi.stubEnv('AWS_ACCESS_KEY_ID', id);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
      vi.stubEnv('AWS_SESSION_TOKEN', sessionToken);
      await outcomeOf(client.get(call));
    }
    client.destroy();
    const sent = requests.map(({ headers }) => [
      headers.authorization?.match(/Credential=(\w+)\/\d{8}\/(.+?),/)?.slice(1),
      headers['x-amz-security-token'],
    ]);
    expect(sent).toEqual([
      [['EXPIRED', 'eu-west-1/dynamodb/aws4_request'], 'one'],
      [['ROTATED', 'eu-west-1/dynamodb/aws4_request'], 'two'],
    ]);
  });

  it('counts the attempts and keeps the request id, in results and in errors', async () => {
    const refusal = error('ValidationException');
    const { endpoint } = await startCannedServer([
      [500, '', { 'x-amzn-requestid': 'first' }],
      [200, found, { 'x-amzn-requestid': 'second' }],
      [400, refusal, { 'x-amzn-requestid': 'third' }],
    ]);
    const client = createItemClient(settings(endpoint));
    expect(await client.get(call)).toMatchObject({ $metadata: { attempts: 2, requestId: 'second' } });
    await expect(client.get(call)).rejects.toMatchObject({ $metadata: { attempts: 1, requestId: 'third' } });
    client.destroy();
  });
});

it.each([
  ['document client', createDocumentClient],
  ['client of the functions', createItemClient],
] as const)('the %s closes its connections when it is destroyed', async (_, create) => {
  const { endpoint, requests } = await startCannedServer([[200, {}]]);
  const client = create({ region: 'local', endpoint, timeouts: TIMEOUTS });
  const get = () => client.get({ TableName: 't', Key: { pk: 'a' } });
  await get();
  await get();
  client.destroy();
  // Opens a new connection.
  await get();
  client.destroy();
  const [first, second, third] = requests.map(({ port }) => port);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});
