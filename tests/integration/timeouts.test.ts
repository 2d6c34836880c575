import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { HttpRequest } from '@smithy/core/protocols';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AttemptTimeouts, DeadlineHandler } from '../../lib/deadline-handler.ts';
import { AWS_TIMEOUTS } from '../../lib/dynamodb/connection.ts';
import { createItemClient } from '../../lib/dynamodb/http-item-client.ts';
import type { ItemTable } from '../../lib/dynamodb/item-client.ts';
import { createUserRepository } from '../../lib/wiring.ts';
import { clientLimits, findAccount } from '../../manage/account.ts';
import { explain } from '../../manage/failure.ts';
import { djangoToken } from '../../tools/harness/django-token.ts';
import { lambdaContext, postJson } from '../../tools/harness/events.ts';
import { createService } from '../../tools/harness/service.ts';
import { userOf } from '../../tools/harness/users.ts';

/** As in `serverless.yml`. */
const FUNCTION_TIMEOUT_MS = 10_000;
/** Shorter than those for AWS, so that the tests do not wait for them. */
const SHORT_TIMEOUTS = { connectMs: 1_000, requestMs: 500, attemptMs: 700 };

let calls = 0;
let held: ServerResponse[] = [];
const silent = createServer((_, response) => {
  calls += 1;
  held.push(response);
});
let endpoint = '';
let table: ItemTable;
let impatient: ItemTable;
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  endpoint = `http://127.0.0.1:${port}`;
  const tableWith = (timeouts: AttemptTimeouts): ItemTable => ({
    client: createItemClient({ region: 'local', endpoint, timeouts }),
    name: 'any',
  });
  table = tableWith(AWS_TIMEOUTS);
  impatient = tableWith(SHORT_TIMEOUTS);
});
beforeEach(() => {
  calls = 0;
  held = [];
});
afterAll(() => {
  table.client.destroy();
  impatient.client.destroy();
  silent.closeAllConnections();
  silent.close();
});

describe.each([
  ['stalls', 0],
  ['is slower than the deadline', 100],
])('a table whose response %s in the middle of its body', (_, pauseMs) => {
  it('is asked three times within the time of a function, and then is 503', async () => {
    const stalling = await startStallingServer(pauseMs);
    const timeouts = { ...AWS_TIMEOUTS, requestMs: 400, attemptMs: 500 };
    const client = createItemClient({ region: 'local', endpoint: stalling.endpoint, timeouts });
    const service = createService({ client, name: 'any' }, { remainingMs: FUNCTION_TIMEOUT_MS });
    const { status } = await service.post('verify', { token: djangoToken(userOf(), { at: Date.now() }) });
    expect([status, calls]).toEqual([503, 3]);
    expect(3 * AWS_TIMEOUTS.attemptMs).toBeLessThan(FUNCTION_TIMEOUT_MS);
    client.destroy();
    stalling.close();
  });
});

describe('table that never responds', () => {
  it('is not waited for once the caller aborts the request', async () => {
    const controller = new AbortController();
    const { hostname, port } = new URL(endpoint);
    const request = new HttpRequest({ protocol: 'http:', hostname, port: Number(port), path: '/' });
    const handler = new DeadlineHandler(SHORT_TIMEOUTS);
    silent.once('request', () => controller.abort());
    const sent = handler.handle(request, { abortSignal: controller.signal });
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('results in 503 after three requests, before the function times out', async () => {
    const token = djangoToken(userOf(), { at: Date.now() });
    const service = createService(impatient, { remainingMs: FUNCTION_TIMEOUT_MS });
    const { status, headers } = await service.post('verify', { token });
    expect([status, headers['Retry-After'], calls]).toEqual([503, '1', 3]);
    expect(3 * AWS_TIMEOUTS.requestMs).toBeLessThan(FUNCTION_TIMEOUT_MS);
  });

  it('is waited for longer if the engine is local', async () => {
    const client = createItemClient({ region: 'local', endpoint });
    const account = createUserRepository({ client, name: 'any' }).findAccount('deku');
    await expect.poll(() => calls).toBe(1);
    // A client with shorter timeouts gives up earlier.
    const { status } = await createService(impatient).post('verify', {
      token: djangoToken(userOf(), { at: Date.now() }),
    });
    expect([status, calls]).toEqual([503, 4]);
    held[0]?.end('{}');
    expect(await account).toBeUndefined();
    client.destroy();
  });

  it('is given up earlier if the function has less time left', async () => {
    const token = djangoToken(userOf(), { at: Date.now() });
    const { verify } = createService(table).handlers;
    const { statusCode } = await verify(postJson({ token }), lambdaContext(1_000));
    expect(statusCode).toBe(503);
    // The second attempt of the client starts after two seconds. A slow machine may not send the first one in time.
    expect(calls).toBeLessThanOrEqual(1);
  });
});

describe.each([
  ['stalls', 0],
  ['is slower than the deadline', 100],
])('a response of AWS to a command that %s in the middle of its body', (_, pauseMs) => {
  let stalling: Awaited<ReturnType<typeof startStallingServer>>;
  beforeEach(async () => {
    stalling = await startStallingServer(pauseMs);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test');
    vi.stubEnv('AWS_ENDPOINT_URL', stalling.endpoint);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    stalling.close();
  });

  it('is given up by the search for the account', async () => {
    const endpoint = new URL(stalling.endpoint);
    expect(await findAccount('eu-central-1', endpoint, SHORT_TIMEOUTS)).toBeUndefined();
  });

  it('is reported as a timeout', async () => {
    const client = new SSMClient({ region: 'eu-central-1', ...clientLimits(SHORT_TIMEOUTS) });
    const failure = client.send(new GetParameterCommand({ Name: '/any' })).catch(explain);
    expect(await failure).toContain('The request to AWS timed out.');
    client.destroy();
  });
});

/** Starts a server whose responses have half a body, or arrive slowly. @param pauseMs 0 for half a body */
async function startStallingServer(pauseMs: number) {
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(200, { 'Content-Type': 'application/x-amz-json-1.0', 'Content-Length': 1_000_000 });
    response.write('{');
    const drip = setInterval(() => response.write(' '), pauseMs || FUNCTION_TIMEOUT_MS);
    response.once('close', () => clearInterval(drip));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
