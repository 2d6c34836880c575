import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFiles, createHandler, HEADERS } from '../../functions/docs.ts';
import { createFileServer } from '../../lib/http/file-server.ts';
import { createLogger } from '../../lib/logger.ts';
import { type EventOptions, lambdaContext, proxyEvent } from '../../tools/harness/events.ts';

const handler = createHandler({
  http: { logger: createLogger(() => {}), allowedOrigins: [] },
  serve: createFileServer(createFiles('A"&<b'), HEADERS),
});

async function get(file?: string, options: EventOptions & { method?: string } = {}) {
  const { method = 'GET', path = `/docs/${file ?? ''}`, ...rest } = options;
  const pathParameters = file === undefined ? {} : { pathParameters: { file } };
  const event = proxyEvent(method, { path, ...pathParameters, ...rest });
  const { statusCode, headers, body, isBase64Encoded } = await handler(event, lambdaContext());
  return {
    status: statusCode,
    headers: headers ?? {},
    bytes: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

const viewer = (name: string) =>
  readFileSync(new URL(`../../node_modules/swagger-ui-dist/${name}`, import.meta.url));

describe('the docs function', () => {
  it('returns the page, which loads scripts and styles of its own origin only', async () => {
    const { status, headers, bytes } = await get();
    expect([status, headers['Content-Type']]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = String(headers['Content-Security-Policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).not.toMatch(/unsafe|\*|http/);
    const html = bytes.toString();
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script>|https?:/i);
    expect(html).toContain('data-prefix="A&quot;&amp;<b"');
    const names = [...html.matchAll(/(?:href|src)="([\w.-]+)"/g)].map(([, name]) => name);
    for (const name of names) expect((await get(name)).status, name).toBe(200);
  });

  it('links the description and the written documentation for a browser without JavaScript', async () => {
    const html = (await get()).bytes.toString();
    expect(html).toContain('<noscript>');
    expect(html).toMatch(/<a href="..\/api\/openapi.json">/);
    expect(html).toMatch(/<a href="api.md">/);
    const { headers, bytes } = await get('api.md');
    expect(headers['Content-Type']).toBe('text/plain; charset=utf-8');
    expect(bytes.toString()).toMatch(/^# API\n/);
  });

  it('returns the bytes of the viewer, and compresses them if the client accepts it', async () => {
    for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
      const plain = await get(name);
      expect(plain.headers).not.toHaveProperty('Content-Encoding');
      expect(plain.bytes.equals(viewer(name))).toBe(true);
      const zipped = await get(name, { headers: { 'Accept-Encoding': 'br, gzip;q=0.8' } });
      expect(zipped.headers).toMatchObject({ 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
      expect(gunzipSync(zipped.bytes).equals(viewer(name))).toBe(true);
    }
  });

  it.each(['gzip;q=0', 'br, gzip; q=0.0', 'identity', 'x-gzip2', '', 'gzip;q=0;a=b'])(
    'does not compress for Accept-Encoding: %s',
    async (accepted) => {
      const { headers } = await get('page.js', { headers: { 'Accept-Encoding': accepted } });
      expect(headers).not.toHaveProperty('Content-Encoding');
    },
  );

  it.each(['gzip', 'GZIP', 'deflate,gzip', 'gzip;q=1.0, *;q=0', 'gzip; q=0.5', 'br ,\tgzip ; Q=0.001'])(
    'compresses for Accept-Encoding: %s',
    async (accepted) => {
      const { headers } = await get('page.js', { headers: { 'Accept-Encoding': accepted } });
      expect(headers['Content-Encoding']).toBe('gzip');
    },
  );

  it('reads a long Accept-Encoding in linear time', async () => {
    const accepted = `gzip${' '.repeat(1_000_000)}x`;
    const { headers } = await get('page.js', { headers: { 'Accept-Encoding': accepted } });
    expect(headers).not.toHaveProperty('Content-Encoding');
  });

  it('lets a browser store a file, and returns 304 without a body while it is unchanged', async () => {
    const { headers } = await get('page.css');
    expect(headers['Cache-Control']).toBe('no-cache');
    const etag = String(headers.ETag);
    for (const encoding of ['gzip', 'identity']) {
      const again = await get('page.css', {
        headers: { 'If-None-Match': etag, 'Accept-Encoding': encoding },
      });
      expect([again.status, again.bytes.length, again.headers.ETag]).toEqual([304, 0, etag]);
    }
    expect((await get('page.css', { headers: { 'If-None-Match': 'W/"other"' } })).status).toBe(200);
  });

  it('redirects to the path with a slash, which is relative to the stage', async () => {
    const { status, headers, bytes } = await get(undefined, { path: '/docs' });
    expect([status, headers.Location, bytes.length]).toEqual([301, 'docs/', 0]);
  });

  it.each(['unknown', '..', '../package.json', 'package.json', 'index.js', '__proto__', 'constructor'])(
    'returns 404 for the file %s',
    async (file) => {
      const { status, headers, bytes } = await get(file);
      expect([status, JSON.parse(bytes.toString())]).toEqual([404, { detail: 'Not found.' }]);
      expect(headers['Content-Type']).toBe('application/json');
    },
  );

  it('responds to HEAD without a body, and to other methods with 405', async () => {
    const head = await get('page.js', { method: 'HEAD' });
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const post = await get(undefined, { method: 'POST' });
    expect([post.status, JSON.parse(post.bytes.toString())]).toEqual([
      405,
      { detail: 'Method "POST" not allowed.' },
    ]);
  });
});
