import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UNSUPPORTED_SETTINGS } from '../../deploy/unsupported-settings.ts';
import { TokenError, type TokenErrorCode } from '../../lib/errors.ts';
import { errorResponse } from '../../lib/http/responses.ts';
import { SETTINGS } from '../../lib/settings/table.ts';

const ROOT = new URL('../../', import.meta.url);
const read = (page: string) => readFileSync(new URL(page, ROOT), 'utf8');

/** The settings of djangorestframework-jwt 1.11.0, as its `settings.py` lists them. */
const JWT_AUTH = [
  'JWT_ENCODE_HANDLER',
  'JWT_DECODE_HANDLER',
  'JWT_PAYLOAD_HANDLER',
  'JWT_PAYLOAD_GET_USER_ID_HANDLER',
  'JWT_PRIVATE_KEY',
  'JWT_PUBLIC_KEY',
  'JWT_PAYLOAD_GET_USERNAME_HANDLER',
  'JWT_RESPONSE_PAYLOAD_HANDLER',
  'JWT_SECRET_KEY',
  'JWT_GET_USER_SECRET_KEY',
  'JWT_ALGORITHM',
  'JWT_VERIFY',
  'JWT_VERIFY_EXPIRATION',
  'JWT_LEEWAY',
  'JWT_EXPIRATION_DELTA',
  'JWT_AUDIENCE',
  'JWT_ISSUER',
  'JWT_ALLOW_REFRESH',
  'JWT_REFRESH_EXPIRATION_DELTA',
  'JWT_AUTH_HEADER_PREFIX',
  'JWT_AUTH_COOKIE',
];

describe('docs/from-django.md', () => {
  const rows = read('docs/from-django.md')
    .split('\n')
    .filter((line) => line.startsWith('| `JWT_'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it.each(JWT_AUTH)('says whether %s is supported', (name) => {
    const row = rows.find(([, names = '']) => names.split(', ').includes(`\`${name}\``));
    expect(row?.[3]).toBe(name in SETTINGS.entries ? 'same' : 'unsupported');
    expect(name in UNSUPPORTED_SETTINGS).toBe(!(name in SETTINGS.entries));
  });
});

/** All codes. The compiler reports a missing one. */
const TOKEN_ERRORS: Readonly<Record<TokenErrorCode, true>> = {
  token_malformed: true,
  token_algorithm_mismatch: true,
  token_signature_invalid: true,
  token_not_yet_valid: true,
  token_expired: true,
  token_audience_mismatch: true,
  token_issuer_mismatch: true,
  token_payload_invalid: true,
  user_not_found: true,
  user_disabled: true,
  token_revoked: true,
  refresh_reuse: true,
  orig_iat_missing: true,
  refresh_expired: true,
};

describe('docs/api.md', () => {
  it.each(Object.keys(TOKEN_ERRORS) as TokenErrorCode[])('contains the messages of %s', (code) => {
    for (const group of ['token', 'protected'] as const) {
      const { body = '' } = errorResponse(new TokenError(code), group, 'id');
      const [sentence = ''] = Object.values<string | string[]>(JSON.parse(body)).flat();
      expect(read('docs/api.md')).toContain(`\`${sentence}\``);
    }
  });
});

describe('route in serverless.yml', () => {
  const paths = [...read('serverless.yml').matchAll(/- http: \{ path: '?(api\/[\w/{}.]+)/g)];
  // The name of a file has no slash at the end.
  const routes = [
    ...new Set(
      paths.map(([, path = '']) => `/${path.replace('{sid}', '{id}')}${path.includes('.') ? '' : '/'}`),
    ),
  ];

  it.each(routes)('is documented in README.md and docs/api.md: %s', (route) => {
    for (const page of ['README.md', 'docs/api.md']) expect(read(page)).toMatch(new RegExp(` ${route}[\`?]`));
  });
});

describe('README.md', () => {
  it('has no line of more than 120 columns', () => {
    expect(
      read('README.md')
        .split('\n')
        .filter((line) => [...line].length > 120),
    ).toEqual([]);
  });
});

describe('sequence diagram', () => {
  const diagrams = [...read('docs/architecture.md').matchAll(/```mermaid\n(sequenceDiagram[\s\S]*?)```/g)];

  it('has no semicolon, which ends a line in Mermaid', () => {
    expect(diagrams.length).toBeGreaterThan(0);
    for (const [, diagram] of diagrams) expect(diagram).not.toContain(';');
  });
});

describe('docs/decisions', () => {
  const pages = readdirSync(new URL('docs/decisions/', ROOT)).filter((name) => /^\d{3}-/.test(name));

  it.each(pages)('contains status, context, decision and consequences in %s', (page) => {
    const headings = [...read(`docs/decisions/${page}`).matchAll(/^## (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(headings).toEqual(['Status', 'Context', 'Decision', 'Consequences']);
    expect(read('docs/decisions/README.md')).toContain(`](${page})`);
  });
});

describe('page that the code refers to', () => {
  // Not from the root: the folders with installed tools have a million files.
  const named = ['functions', 'lib', 'manage', 'local', 'deploy', 'tools', 'tests']
    .flatMap((folder) =>
      readdirSync(new URL(folder, ROOT), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((path) => /\.(ts|yml|py)$/.test(path))
    .concat('serverless.yml', '.ci/run', 'knip.jsonc', '.dependency-cruiser.mjs')
    .flatMap((path) => [...read(path).matchAll(/\bdocs\/[\w/-]+\.md\b/g)].map(([page]) => ({ path, page })));

  it.each(named)('exists: $page, in $path', ({ page }) => {
    expect(existsSync(new URL(page, ROOT))).toBe(true);
  });
});
