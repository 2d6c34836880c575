import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KitServer, startKitServer } from '../../tools/client-kit/server.ts';
import { exchange, portOf } from '../support/raw-http.ts';

let server: KitServer;
beforeAll(async () => {
  server = await startKitServer(0);
});
afterAll(() => server.close());

const send = async (path: string, init: RequestInit = {}) => {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text };
};
const post = async (path: string, body: unknown = {}) =>
  JSON.parse((await send(path, { method: 'POST', body: JSON.stringify(body) })).text);
const ok = { outcome: 'ok', posts: 3 };

describe('the control API of the kit', () => {
  it('lists the scenarios and starts one by its name', async () => {
    const scenarios: { name: string }[] = JSON.parse((await send('/kit/scenarios')).text);
    expect(scenarios.map(({ name }) => name)).toContain('killed');
    expect(await post('/kit/scenarios/ended')).toEqual({ do: 'reset', scenario: 'ended' });
    expect(await post('/kit/next')).toMatchObject({ do: 'login', username: expect.any(String) });
    const unknown = await send('/kit/scenarios/unknown', { method: 'POST' });
    expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining('GET /kit/scenarios') });
  });

  it('goes on after a request whose target is not a URL', async () => {
    await post('/kit/scenarios/ended');
    const request = 'GET http://[/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const [reply] = await exchange(portOf(server.url), request);
    expect(reply).toMatchObject({ status: 400, body: { detail: 'The request was refused.' } });
    expect(await post('/kit/next')).toMatchObject({ do: 'login' });
  });

  it('reports why a scenario failed, as JSON and as a table', async () => {
    await post('/kit/reset');
    await post('/kit/scenarios/ended');
    await post('/kit/next');
    await post('/kit/next', { results: [{ outcome: 'ok' }] });
    expect(await post('/kit/next', { results: [ok] })).toMatchObject({ do: 'call', times: 1 });
    const reason = 'the app does not ask for a login, but its session has ended';
    const verdict = { scenario: 'ended', passed: false, reason };
    expect(await post('/kit/next', { results: [ok] })).toEqual({ do: 'finished', ...verdict });
    expect(JSON.parse((await send('/kit/report')).text)).toEqual([verdict]);
    const table = await send('/kit/report', { headers: { accept: 'text/plain' } });
    expect(table).toMatchObject({
      type: 'text/plain',
      text: expect.stringMatching(/^ended +FAIL +the app does/m),
    });
  });

  it('explains a body that it does not understand', async () => {
    for (const body of ['no JSON', '{"results":[{"outcome":"fine"}]}']) {
      const response = await send('/kit/next', { method: 'POST', body });
      expect(response).toMatchObject({ status: 400, text: expect.stringContaining('login_required') });
    }
    expect((await send('/kit/other')).status).toBe(404);
  });

  it('says that no scenario is running', async () => {
    await post('/kit/reset');
    expect(await send('/api/token/', { method: 'POST' })).toMatchObject({
      status: 503,
      text: expect.stringContaining('/kit/next'),
    });
  });
});
