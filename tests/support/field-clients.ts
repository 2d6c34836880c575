import { afterAll, beforeAll, expect } from 'vitest';
import { createPostImports, createUserRepository } from '../../lib/wiring.ts';
import { openSessions } from '../../tools/harness/seed.ts';
import { type RunningServer, tableOf } from '../../tools/harness/server.ts';
import { SECRET } from '../../tools/harness/service.ts';
import { cheapHash, userOf } from '../../tools/harness/users.ts';
import { startBuiltServer } from './programs.ts';

/** A username and a password with characters that JSON, forms, URLs and headers encode in different ways. */
const USER = { id: 7, username: 'Kāminari Öz', password: 'Plus&Ultra=100% +é;"\\' };
const TITLE = 'Größer als „Plus Ultra“ – 平和の象徴 🦸';

/** What a client needs: the URL of the service, a login, and a token of a login a minute ago. */
export interface Visit {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** A token that a refresh replaces: within a second of the login, a refresh returns the same token. */
  readonly olderToken: string;
}

/** What a client read from the responses, as its own parsers returned it. */
export interface Findings {
  /** The token of the login. */
  readonly token: string;
  /** The title of the first post. */
  readonly title: string;
  /** The token that verify returned. */
  readonly verified: string;
  /** The successor of the older token. */
  readonly refreshed: string;
  /** The response to a request for the posts with a token that is not valid. */
  readonly refusal: { readonly status: number; readonly detail: string; readonly challenge: string };
}

/** Starts one server for the file, with a user and a post. Returns a function that creates a visit. */
export function useFieldService(): { visit(): Promise<Visit> } {
  let server: RunningServer;
  let table: Awaited<ReturnType<typeof tableOf>>;
  beforeAll(async () => {
    server = await startBuiltServer({ env: { JWT_SECRET_KEY: SECRET } });
    table = await tableOf(server);
    await createUserRepository(table).create(userOf({ ...USER, password: cheapHash(USER.password) }));
    const at = '2030-01-01T00:00:00Z';
    const dates = { createdAt: at, updatedAt: at, publishedAt: at };
    await createPostImports(table).put([{ pk: 90, author: 7, title: TITLE, content: 'text', ...dates }]);
  });
  afterAll(async () => {
    table?.client.destroy();
    await server?.stop();
  });
  return {
    visit: async () => {
      const [olderToken = ''] = await openSessions(table, USER.username, 1);
      return { url: server.url, username: USER.username, password: USER.password, olderToken };
    },
  };
}

/** Decodes the claims of a token without a library. */
const claimsOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

/** Asserts that a client has read what the service sent. */
export function assertFindings(visit: Visit, findings: Findings): void {
  expect(claimsOf(findings.token)).toMatchObject({ user_id: USER.id, username: USER.username, gen: 0 });
  expect(findings.title).toBe(TITLE);
  expect(findings.verified).toBe(findings.token);
  expect(findings.refreshed).not.toBe(visit.olderToken);
  expect(claimsOf(findings.refreshed)).toMatchObject({ user_id: USER.id, gen: 1 });
  expect(findings.refusal).toEqual({
    status: 401,
    detail: 'Error decoding signature.',
    challenge: 'JWT realm="api"',
  });
}

/** Asserts that a library has read the claims of a token. */
export function assertClaims(claims: unknown): void {
  expect(claims).toMatchObject({ user_id: USER.id, username: USER.username, exp: expect.any(Number) });
}
