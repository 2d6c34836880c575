import { createSecretKey } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import bcrypt from 'bcryptjs';
import express, { type Request } from 'express';
import jsonwebtoken from 'jsonwebtoken';
import * as v from 'valibot';
import { createDocumentClient } from '../../lib/dynamodb/client.ts';
import { serializePost } from '../../lib/posts/serialize.ts';
import type { Account } from '../../lib/users/account.ts';
import { createPostRepository, createUserRepository } from '../../lib/wiring.ts';
import { createTable } from '../../local/create-table.ts';
import { startEmbeddedDynamoDB } from '../../local/embedded-dynamodb.ts';
import { RULES, SECRET } from '../harness/service.ts';

// A typical implementation of the same four endpoints, on the same table: without sessions, throttling and strict parsing of
// bodies. The bench compares the service with it.

const NAME = 'express';
/** A key object. jsonwebtoken first parses a text as a public key, which takes thirty times as long as the verification. */
const key = createSecretKey(Buffer.from(SECRET));
const PAGE = 20;
const claimsSchema = v.looseObject({ user_id: v.number(), username: v.string(), orig_iat: v.number() });

const { endpoint } = await startEmbeddedDynamoDB();
const table = { client: createDocumentClient({ region: 'local', endpoint }), name: NAME };
await createTable(table.client, NAME);
const users = createUserRepository(table);
const posts = createPostRepository(table);

const issue = ({ id: user_id, username, email }: Account, orig_iat: number) => ({
  token: jsonwebtoken.sign({ user_id, username, email, orig_iat }, key, {
    expiresIn: RULES.lifetimeSeconds,
    noTimestamp: true,
  }),
});

/** Verifies a token, and checks that its user exists and is active. */
async function check(token: string) {
  const claims = v.parse(claimsSchema, jsonwebtoken.verify(token, key, { algorithms: ['HS256'] }));
  const account = await users.findAccount(claims.username);
  if (account?.id !== claims.user_id || !account.isActive)
    throw new Error('the user does not exist or is not active');
  return { account, claims };
}

const text = v.optional(v.string(), '');
const bodySchema = v.looseObject({ username: text, password: text, token: text });
const fieldsOf = ({ body }: Request) => v.parse(bodySchema, body);

const app = express()
  .use(express.json())
  .post('/api/token/', async (request, response) => {
    const { username, password } = fieldsOf(request);
    const found = await users.findCredentials(username);
    if (found !== undefined && (await bcrypt.compare(password, found.password))) {
      response.json(issue(found, Math.floor(Date.now() / 1000)));
    } else {
      response.status(400).json({ non_field_errors: ['Unable to log in with provided credentials.'] });
    }
  })
  .post('/api/token/verify/', async (request, response) => {
    const { token } = fieldsOf(request);
    await check(token);
    response.json({ token });
  })
  .post('/api/token/refresh/', async (request, response) => {
    const { account, claims } = await check(fieldsOf(request).token);
    response.json(issue(account, claims.orig_iat));
  })
  .get('/api/blog/posts/', async (request, response) => {
    await check(request.get('Authorization')?.replace(/^JWT /, '') ?? '');
    const { posts: page } = await posts.page(undefined, PAGE);
    response.json(page.map(serializePost));
  });

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.send?.(JSON.stringify({ url: `http://127.0.0.1:${port}`, endpoint, name: NAME }));
});
