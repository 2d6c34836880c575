export { createClient } from './client.ts';
export type { Client, ClientEvent, ClientOptions, RequestInitOf, Session, User } from './client-interface.ts';
export { type ErrorCode, isLatchkeyError, type LatchkeyError, type LogoutReason } from './errors.ts';
export type { StorageProblem } from './login-store.ts';
export type { Post } from './posts.ts';
export type { Fetch, FetchResponse, GlobalFetch, Locks, Runtime } from './runtime.ts';
export type { LoginStorage } from './storage/storage.ts';
