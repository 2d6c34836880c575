import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { replacement } from '../../tools/harness/fault-server.ts';
import { createPhone } from '../support/client-runtime.ts';
import { type ClientService, LIFETIME_S, PASSWORD, startClientService } from '../support/client-service.ts';
import { type DescribedError, decisions, describedErrors, fits } from '../support/decision-table.ts';
import { readPage } from '../support/documentation.ts';

type Client = ReturnType<typeof createPhone>['client'];

/** How the client library sends a request to each endpoint that it calls. */
const CALLS: Readonly<Record<string, (client: Client, username: string) => Promise<unknown>>> = {
  'POST /api/token/': (client, username) => client.login(username, PASSWORD),
  'POST /api/token/refresh/': (client) => client.refresh(),
  'POST /api/token/revoke/': (client) => client.logout(),
  'GET /api/blog/posts/': (client) => client.posts().next(),
  'GET /api/sessions/': (client) => client.sessions.list(),
  'DELETE /api/sessions/': (client) => client.sessions.endOthers(),
  'DELETE /api/sessions/{id}/': (client) => client.sessions.end('unknown'),
  'POST /api/account/password/': (client) => client.changePassword(PASSWORD, 'Correct horse 9'),
};

const rows = decisions();
const errors = describedErrors();
const rowOf = (error: DescribedError) => rows.find((row) => fits(row, error));
const endpoints = [...new Set(errors.map(({ endpoint }) => endpoint))];
const titleOf = ({ status, code, sentence }: DescribedError) =>
  `${status} ${sentence ?? code ?? 'of API Gateway'}`;

/** Returns the errors of an endpoint. The client library does not read `code`, so one of each body is enough. */
const bodiesOf = (endpoint: string): DescribedError[] => {
  const own = errors.filter((error) => error.endpoint === endpoint);
  return [
    ...new Map(own.map((error) => [`${error.status} ${error.sentence} ${error.isField}`, error])).values(),
  ];
};

let service: ClientService;
beforeAll(async () => {
  service = await startClientService();
});
afterAll(() => service.close());
afterEach(() => {
  service.faultOf = () => 'none';
});

function bodyOf({ status, code, sentence, isField }: DescribedError): object {
  if (isField) return { field: ['This field is required.'] };
  if (status === 400 && code === undefined && sentence) return { non_field_errors: [sentence] };
  return { detail: sentence ?? 'A sentence.', ...(code && { code }) };
}

/** Lets the service respond to an endpoint with an error: once, or always. */
function failWith(error: DescribedError, isOnce: boolean): void {
  const [method, path = ''] = error.endpoint.split(' ');
  const pattern = new RegExp(`^${path.replace('{id}', '[^/]+')}(\\?|$)`);
  let count = 0;
  service.faultOf = (request) => {
    if (request.method !== method || !pattern.test(request.target)) return 'none';
    count += 1;
    if (isOnce && count > 1) return 'none';
    return replacement(error.status, JSON.stringify(bodyOf(error)), [['Content-Type', 'application/json']]);
  };
}

/** Calls an endpoint that responds with an error. Returns what the client library does. */
async function outcomeOf(error: DescribedError, isOnce: boolean) {
  service.faultOf = () => 'none';
  const { client } = createPhone(service);
  const username = await service.createUser();
  await client.login(username, PASSWORD);
  service.requests.length = 0;
  failWith(error, isOnce);
  const call = CALLS[error.endpoint] ?? (() => Promise.resolve());
  const code = await call(client, username).then(
    () => undefined,
    (thrown: { code?: string }) => thrown.code,
  );
  const refreshes = service.requests.filter(({ target }) => target === '/api/token/refresh/').length;
  return { client, code, refreshes, isKept: (await client.user()) !== undefined };
}

describe('the table of docs/mobile.md', () => {
  it.each(endpoints)('has a row for each described error of %s', (endpoint) => {
    const missing = errors.filter((error) => {
      if (error.endpoint !== endpoint) return false;
      const row = rowOf(error);
      // A row for any other error must not decide on a sentence about a token.
      const isAboutToken = [400, 401, 404].includes(error.status) && error.sentence !== undefined;
      return !row || (isAboutToken && row.names.length === 0 && row.action !== 'ignores');
    });
    expect(missing.map(titleOf)).toEqual([]);
  });

  it('names only codes and sentences that the endpoints of the row have', () => {
    const isNumber = (status: string) => /^\d+$/.test(status);
    const stale = rows.flatMap((row) =>
      row.endpoints.flatMap((endpoint) =>
        row.statuses.filter(isNumber).flatMap((status) =>
          (row.names.length > 0 ? row.names.map((name) => [name]) : [[]]).flatMap((names) => {
            const one = { ...row, endpoints: [endpoint], statuses: [status], names };
            return errors.some((error) => fits(one, error)) ? [] : [`${endpoint} ${status} ${names}`];
          }),
        ),
      ),
    );
    expect(stale).toEqual([]);
  });
});

describe('the code of a page', () => {
  const sentences = rows
    .filter(({ action }) => ['logs', 'uses'].includes(action))
    .flatMap(({ names }) => names);

  it.each(['kotlin', 'swift', 'dart'])(
    'has every sentence that ends a login: docs/mobile-%s.md',
    (language) => {
      const page = readPage(`docs/mobile-${language}.md`);
      const missing = sentences.filter(
        (sentence) => ![`"${sentence}"`, `'${sentence}'`].some((text) => page.includes(text)),
      );
      expect(missing).toEqual([]);
    },
  );
});

describe('the client library', () => {
  it.each(endpoints.filter((endpoint) => endpoint in CALLS))(
    'does what docs/mobile.md says of each error of %s',
    async (endpoint) => {
      for (const error of bodiesOf(endpoint)) {
        const { action = '', clientCode } = rowOf(error) ?? {};
        const isOnce = action === 'refreshes';
        const { client, code, refreshes, isKept } = await outcomeOf(error, isOnce);
        expect(isKept, titleOf(error)).toBe(!['logs', 'ignores'].includes(action));
        if (isOnce)
          expect({ refreshes, isEnded: code === 'login_required' }).toEqual({ refreshes: 1, isEnded: false });
        else expect(code, titleOf(error)).toBe(clientCode);
        if (action !== 'uses') continue;
        service.now += LIFETIME_S * 1000 + 1000;
        await expect(client.fetch('/api/account/')).rejects.toMatchObject({ code: 'login_required' });
      }
    },
  );
});
