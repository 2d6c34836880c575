import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES, CONTRACT_SECRET, FIXTURE } from '../../contract/cases.ts';
import { claimsOf, send } from '../../contract/replay.ts';
import { createDjango, type Django, missingDjango, titleOf } from '../../tools/harness/django.ts';
import { type RunningServer, startServer } from '../../tools/harness/server.ts';
import { checkBody, checkHead } from '../support/contract-checks.ts';
import { manage } from '../support/manage.ts';
import { MULTIPART_TYPE, multipartForms } from '../support/multipart-forms.ts';

const missing = missingDjango('original');
const FIXTURE_PATH = fileURLToPath(FIXTURE);
/** The recorded database had microseconds here, which the dump cuts to `.000`. */
const RESTORE_MICROSECONDS = `
from datetime import datetime
from blog.models import Post
Post.objects.filter(pk=5).update(published_at=datetime(2020, 1, 1, 0, 0, 0, 500))
`;

const answered = v.object({ token: v.string() });

let django: Django;
let original: Awaited<ReturnType<Django['serve']>>;

describe.skipIf(missing !== undefined)(titleOf('the original service', missing), () => {
  beforeAll(async () => {
    django = await createDjango('original', { secretKey: CONTRACT_SECRET });
    await django.manage(['loaddata', FIXTURE_PATH]);
    await django.manage(['shell', '-c', RESTORE_MICROSECONDS]);
    original = await django.serve();
  });
  afterAll(async () => {
    await original?.stop();
    await django?.remove();
  });

  it.each(CASES.filter(({ differs }) => differs === undefined))(
    'returns the recorded response: $id',
    async (one) => {
      const response = await send(one, original.url, CONTRACT_SECRET);
      checkHead(one, response);
      checkBody(one, response);
    },
  );

  it.each(CASES.filter(({ differs }) => differs !== undefined))(
    'returns a different response: $id',
    async (one) => {
      const response = await send(one, original.url, CONTRACT_SECRET);
      const compare = () => {
        checkHead(one, response);
        checkBody(one, response);
      };
      expect(compare).toThrow();
    },
  );

  describe('and this service, with the same key and users', () => {
    let server: RunningServer;
    const LOGIN = { username: 'deku', password: 'Plus-Ultra-2019' };

    beforeAll(async () => {
      server = await startServer({ env: { JWT_SECRET_KEY: CONTRACT_SECRET } });
      const { code, stderr } = await manage(['loaddata', FIXTURE_PATH], { env: server.env });
      expect(code, stderr).toBe(0);
    });
    afterAll(() => server?.stop());

    const post = async (url: string, path: string, body: object): Promise<string> => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return v.parse(answered, await response.json()).token;
    };
    const titlesFrom = async (url: string, token: string) => {
      const response = await fetch(`${url}/api/blog/posts/`, { headers: { authorization: `JWT ${token}` } });
      expect(response.status).toBe(200);
      return response.text();
    };

    it.each([
      { from: 'the original', to: 'this service', urls: () => [original.url, server.url] as const },
      { from: 'this service', to: 'the original', urls: () => [server.url, original.url] as const },
    ])('$to accepts tokens of $from, and of their refresh on either side', async ({ urls }) => {
      const [from, to] = urls();
      const issued = await post(from, '/api/token/', LOGIN);
      expect(await post(to, '/api/token/verify/', { token: issued })).toBe(issued);
      const refreshedThere = await post(to, '/api/token/refresh/', { token: issued });
      const refreshedHere = await post(from, '/api/token/refresh/', { token: issued });
      for (const token of [issued, refreshedThere, refreshedHere]) {
        expect(claimsOf(token).orig_iat).toBe(claimsOf(issued).orig_iat);
        expect(await titlesFrom(from, token)).toContain('test2');
        expect(await titlesFrom(to, token)).toContain('test2');
      }
      // And once more on the other side.
      const back = await post(from, '/api/token/refresh/', { token: refreshedThere });
      expect(await titlesFrom(to, back)).toContain('test2');
    });

    it.each(multipartForms(LOGIN.username, LOGIN.password))(
      'read a multipart form $title alike',
      async ({ body, errors }) => {
        for (const { url } of [original, server]) {
          const response = await fetch(`${url}/api/token/`, {
            method: 'POST',
            headers: { 'content-type': MULTIPART_TYPE },
            body,
          });
          const content: unknown = await response.json();
          const isRead = Object.keys(errors).length === 0;
          expect([url, response.status, content]).toEqual(
            isRead ? [url, 200, { token: expect.any(String) }] : [url, 400, errors],
          );
        }
      },
    );

    it('return the same bytes for the same posts', async () => {
      const token = await post(original.url, '/api/token/', LOGIN);
      expect(await titlesFrom(server.url, token)).toBe(await titlesFrom(original.url, token));
    });
  });
});
