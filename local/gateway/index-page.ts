import { createHash } from 'node:crypto';
import type { HttpResponse } from './response.ts';
import type { GatewayService } from './service.ts';

/** The page for trying the API. The local service always has it. */
const DOCS = '/docs/';
const STYLE = 'body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}';

/** Forbids everything except the style sheet of the page. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Creates the HTML page that lists the paths of a service. It contains no scripts. Paths and names are not escaped: API Gateway and
 * CloudFormation allow no characters in them that have a meaning in HTML.
 */
export function createIndexPage({ name, routes }: Pick<GatewayService, 'name' | 'routes'>): HttpResponse {
  const paths = [...new Set(routes.map(({ path }) => `${path}/`))].filter((path) => !path.startsWith(DOCS));
  const items = paths.map(
    (path) => `<li>${path.includes('{') ? path : `<a href="${path}">${path}</a>`}</li>`,
  );
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${name}</title><style>${STYLE}</style></head>
<body>
<h1>${name}</h1>
<p>This service runs on your machine. The terminal that started it shows a login, and commands to send requests with a token.</p>
<p><a href="${DOCS}">Try the API in the browser.</a></p>
<ul>
${items.join('\n')}
</ul>
</body>
</html>
`;
  return {
    status: 200,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ['Content-Security-Policy', POLICY],
      ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'no-referrer'],
      ['Cache-Control', 'no-store'],
      ['Vary', 'Accept'],
    ],
    body: Buffer.from(html),
  };
}
