import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as v from 'valibot';
import { authorizationPrefix, plainHandler, sameOriginHttp } from '../lib/container.ts';
import { createFileServer, type ServedFile } from '../lib/http/file-server.ts';
import type { HttpRequest } from '../lib/http/request.ts';
import type { HttpResponse } from '../lib/http/responses.ts';
import type { PublicRoute } from '../lib/http/route.ts';
import { createHttpHandler, type HttpDependencies } from '../lib/http/stack.ts';

export interface Dependencies {
  readonly http: HttpDependencies;
  readonly serve: (request: HttpRequest, name: string) => Promise<HttpResponse>;
}

/** The page loads nothing from another origin, and its scripts and styles are files. */
export const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Swagger UI has images in its style sheet.
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

export const route = {
  name: 'docs',
  access: 'public',
  failures: 'protected',
  operations: { GET: { returns: v.string() } },
} satisfies PublicRoute;

/** `GET /docs/` and `GET /docs/{file}`: returns the page for trying the API, and its files. */
export const createHandler = ({ http, serve }: Dependencies) =>
  createHttpHandler(http, route, async (request) => {
    const { file } = request.path;
    // The links of the page are relative to its folder. So is this one: the path may begin with the name of the stage.
    if (file === undefined && !request.endsWithSlash) return { status: 301, headers: { Location: 'docs/' } };
    return serve(request, file ?? 'index.html');
  });

const TEXT = 'text/plain; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/**
 * Returns the files of the page by name. `serverless.yml` lists them for the artifact.
 *
 * @param prefix the prefix of a token in the `Authorization` header, which the page sends
 */
export const createFiles = (prefix: string): ReadonlyMap<string, ServedFile> => {
  // This module is the entry of its bundle: its URL has the same depth in the sources and in the artifact.
  const own = (path: string) => readFile(new URL(`../${path}`, import.meta.url));
  const { resolve } = createRequire(import.meta.url);
  const viewer = (name: string, type: string): [string, ServedFile] => [
    name,
    { type, read: () => readFile(resolve(`swagger-ui-dist/${name}`)) },
  ];
  return new Map<string, ServedFile>([
    [
      'index.html',
      {
        type: 'text/html; charset=utf-8',
        read: async () => withPrefix(await own('docs-page/index.html'), prefix),
      },
    ],
    ['page.js', { type: SCRIPT, read: () => own('docs-page/page.js') }],
    ['page.css', { type: STYLE, read: () => own('docs-page/page.css') }],
    ['api.md', { type: TEXT, read: () => own('docs/api.md') }],
    viewer('swagger-ui-bundle.js', SCRIPT),
    viewer('swagger-ui.css', STYLE),
    ...['LICENSE', 'NOTICE', 'swagger-ui-bundle.js.LICENSE.txt'].map((name) => viewer(name, TEXT)),
  ]);
};

function withPrefix(html: Buffer, prefix: string): Buffer {
  const value = prefix.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return Buffer.from(html.toString().replace('data-prefix=""', () => `data-prefix="${value}"`));
}

export const handler = plainHandler(() =>
  createHandler({
    http: sameOriginHttp(),
    serve: createFileServer(createFiles(authorizationPrefix()), HEADERS),
  }),
);
