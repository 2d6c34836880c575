import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import axios from 'axios';
import { jwtDecode } from 'jwt-decode';
import ky, { HTTPError } from 'ky';
import { describe, expect, it } from 'vitest';
import { assertClaims, assertFindings, useFieldService } from '../support/field-clients.ts';

const WITHOUT_CURL = spawnSync('curl', ['--version']).status === 0 ? '' : ' (curl is missing)';

interface Token {
  readonly token: string;
}
type Posts = readonly { readonly fields: { readonly title: string } }[];
interface Refusal {
  readonly detail: string;
}

describe('a client in the field', () => {
  const service = useFieldService();

  it('logs in, reads posts, verifies, refreshes and reads a 401 with axios', async () => {
    const visit = await service.visit();
    const api = axios.create({ baseURL: visit.url });
    const { username, password, olderToken } = visit;
    const { token } = (await api.post<Token>('/api/token/', { username, password })).data;
    const read = (value: string) =>
      api.get<Posts>('/api/blog/posts/', { headers: { Authorization: `JWT ${value}` } });
    const refused: unknown = await read('not.a.token').catch((error: unknown) => error);
    if (!axios.isAxiosError<Refusal>(refused) || refused.response === undefined) throw refused;
    assertFindings(visit, {
      token,
      title: (await read(token)).data[0]?.fields.title ?? '',
      verified: (await api.post<Token>('/api/token/verify/', { token })).data.token,
      // axios sends URLSearchParams as a form.
      refreshed: (await api.post<Token>('/api/token/refresh/', new URLSearchParams({ token: olderToken })))
        .data.token,
      refusal: {
        status: refused.response.status,
        detail: refused.response.data.detail,
        challenge: String(refused.response.headers['www-authenticate']),
      },
    });
  });

  it('logs in, reads posts, verifies, refreshes and reads a 401 with ky', async () => {
    const visit = await service.visit();
    const api = ky.create({ prefixUrl: visit.url });
    const { username, password, olderToken } = visit;
    const { token } = await api.post<Token>('api/token/', { json: { username, password } }).json();
    const read = (value: string) =>
      api.get<Posts>('api/blog/posts/', { headers: { Authorization: `JWT ${value}` } }).json();
    const refused: unknown = await read('not.a.token').catch((error: unknown) => error);
    if (!(refused instanceof HTTPError)) throw refused;
    const form = new FormData();
    form.set('token', olderToken);
    assertFindings(visit, {
      token,
      title: (await read(token))[0]?.fields.title ?? '',
      verified: (await api.post<Token>('api/token/verify/', { json: { token } }).json()).token,
      // A multipart form.
      refreshed: (await api.post<Token>('api/token/refresh/', { body: form }).json()).token,
      refusal: {
        status: refused.response.status,
        detail: (await refused.response.json<Refusal>()).detail,
        challenge: refused.response.headers.get('www-authenticate') ?? '',
      },
    });
  });

  it.skipIf(WITHOUT_CURL !== '')(
    `logs in, reads posts, verifies, refreshes and reads a 401 with curl --data-urlencode${WITHOUT_CURL}`,
    async () => {
      const visit = await service.visit();
      const curl = async (path: string, ...options: readonly string[]) =>
        (await promisify(execFile)('curl', ['--silent', visit.url + path, ...options])).stdout;
      const fields = (given: Readonly<Record<string, string>>) =>
        Object.entries(given).flatMap((pair) => ['--data-urlencode', pair.join('=')]);
      const post = async (path: string, given: Readonly<Record<string, string>>): Promise<Token> =>
        JSON.parse(await curl(path, ...fields(given)));
      const { username, password, olderToken } = visit;
      const { token } = await post('/api/token/', { username, password });
      const posts: Posts = JSON.parse(await curl('/api/blog/posts/', '-H', `Authorization: JWT ${token}`));
      const refused = await curl('/api/blog/posts/', '--include', '-H', 'Authorization: JWT not.a.token');
      const [head = '', body = ''] = refused.split('\r\n\r\n');
      assertFindings(visit, {
        token,
        title: posts[0]?.fields.title ?? '',
        verified: (await post('/api/token/verify/', { token })).token,
        refreshed: (await post('/api/token/refresh/', { token: olderToken })).token,
        refusal: {
          status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
          detail: JSON.parse(body).detail,
          challenge: /^www-authenticate: (.*)$/im.exec(head)?.[1] ?? '',
        },
      });
    },
  );

  it('reads the claims of a token with jwt-decode', async () => {
    const { olderToken } = await service.visit();
    assertClaims(jwtDecode(olderToken));
    expect(jwtDecode(olderToken, { header: true })).toEqual({ typ: 'JWT', alg: 'HS256' });
  });
});
