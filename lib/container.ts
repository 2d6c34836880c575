import {
  readAllowedOrigins,
  readAuthorizationPrefix,
  readRefusalStep,
  readStorageSettings,
  readTokenSettings,
} from './config.ts';
import { createDocumentClient, type Table } from './dynamodb/client.ts';
import { PostRepository } from './dynamodb/posts.ts';
import { UserRepository } from './dynamodb/users.ts';
import type { HttpDependencies } from './http/stack.ts';
import { createLogger } from './logger.ts';
import { Passwords } from './passwords/passwords.ts';
import { PublishedPosts } from './posts/published-posts.ts';
import { Tokens, type VerifiedToken } from './tokens/tokens.ts';
import { Authentication } from './users/authentication.ts';
import { Login } from './users/login.ts';

// Functions, not one object: a bundle then holds only the parts that its handler names.

let sharedTable: Table | undefined;
let sharedLogger: ReturnType<typeof createLogger> | undefined;

/** Makes a part at its first use and keeps it for the life of the execution environment. */
export function deferred<Input extends unknown[], Output>(
  make: () => (...input: Input) => Output,
): (...input: Input) => Output {
  let made: ((...input: Input) => Output) | undefined;
  return (...input) => {
    made ??= make();
    return made(...input);
  };
}

/** The table of this stage. @throws {ConfigurationError} */
export function table(): Table {
  if (sharedTable === undefined) {
    const { tableName, ...client } = readStorageSettings();
    sharedTable = { client: createDocumentClient(client), name: tableName };
  }
  return sharedTable;
}

/** @throws {ConfigurationError} */
export const tokens = (): Tokens => new Tokens(readTokenSettings());

export const authentication = (): Authentication<VerifiedToken> =>
  new Authentication({ tokens: tokens(), accounts: new UserRepository(table()) });

export const posts = (): PublishedPosts => new PublishedPosts(new PostRepository(table()));

/** @throws {ConfigurationError} */
export const login = (): Login =>
  new Login({
    users: new UserRepository(table()),
    passwords: new Passwords(),
    refusalStepMs: readRefusalStep(),
  });

export function logger() {
  sharedLogger ??= createLogger();
  return sharedLogger;
}

/** What every HTTP handler is made of. @throws {ConfigurationError} */
export const http = (): HttpDependencies => ({ logger: logger(), allowedOrigins: readAllowedOrigins() });

/** Words that may stand before a token: the setting's, and RFC 6750's. @throws {ConfigurationError} */
export const authorizationPrefixes = (): readonly string[] => [readAuthorizationPrefix(), 'Bearer'];
