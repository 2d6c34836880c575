import type { Clock } from './clock.ts';
import type { Table } from './dynamodb/client.ts';
import { Counters } from './dynamodb/counters.ts';
import { FailureCounterRepository } from './dynamodb/failure-counters.ts';
import { ImportedFormats } from './dynamodb/imported-formats.ts';
import type { ItemTable } from './dynamodb/item-client.ts';
import { LoginRepository } from './dynamodb/logins.ts';
import { NewRecords } from './dynamodb/new-records.ts';
import { PostImports } from './dynamodb/post-imports.ts';
import { PostRepository } from './dynamodb/posts.ts';
import { SessionRepository } from './dynamodb/sessions.ts';
import { UserImports } from './dynamodb/user-imports.ts';
import { UserRepository } from './dynamodb/users.ts';
import { PasswordPolicy, type PasswordRules } from './passwords/password-policy.ts';
import { Passwords } from './passwords/passwords.ts';
import { CachedPosts } from './posts/cached-posts.ts';
import { type PostPages, PublishedPosts } from './posts/published-posts.ts';
import { type KnownDeviceDependencies, KnownDevices } from './sessions/known-device.ts';
import { type LoginSessionDependencies, LoginSessions } from './sessions/login-session.ts';
import type { LoginRules, OwnerRules, RefreshRules, SessionRules } from './sessions/session.ts';
import { SessionService, type SessionServiceDependencies } from './sessions/session-service.ts';
import { TokenAuthenticator } from './sessions/token-authenticator.ts';
import { TokenRefresher, type TokenRefresherDependencies } from './sessions/token-refresher.ts';
import { TokenRevoker } from './sessions/token-revoker.ts';
import { Throttle, type ThrottleSettings } from './throttling/throttle.ts';
import { type TokenSettings, Tokens } from './tokens/tokens.ts';
import { AccountService } from './users/account-service.ts';
import { Login, type LoginDependencies } from './users/login.ts';
import { PasswordChange, type PasswordChangeDependencies } from './users/password-change.ts';

// The composition root: services and repositories are constructed here only (tests/unit/architecture.test.ts). Each has
// its own factory, so that a bundle contains only what its handler uses.

/** The settings of all services. A factory takes only those that its service reads. */
export interface ServiceSettings<Rules = SessionRules> {
  readonly tokens: TokenSettings;
  readonly sessions: Rules;
  readonly throttle: ThrottleSettings;
  readonly passwords: PasswordRules;
  /** The duration of a refused login is rounded up to a multiple of this, in milliseconds; 0 adds no delay. */
  readonly refusalStepMs: number;
}

/** The arguments of a factory: the table, the settings that its service reads, and the clock. */
interface Parts<Group extends keyof ServiceSettings, Rules = never> {
  readonly table: ItemTable;
  readonly settings: Pick<ServiceSettings<Rules>, Group>;
  readonly clock: Clock;
}
type WithoutTable<Group extends keyof ServiceSettings, Rules = never> = Omit<Parts<Group, Rules>, 'table'>;

export const createTokens = ({ settings, clock }: WithoutTable<'tokens'>): Tokens =>
  new Tokens(settings.tokens, clock);

export const createTokenAuthenticator = (parts: Parts<'tokens'>): TokenAuthenticator =>
  new TokenAuthenticator({
    tokens: createTokens(parts),
    sessions: createSessionRepository(parts.table, parts.clock),
  });

export const createTokenRefresher = (
  parts: Parts<'tokens' | 'sessions', RefreshRules> &
    Pick<TokenRefresherDependencies, 'onReuse'> &
    Partial<Pick<TokenRefresherDependencies, 'retryTiming'>>,
): TokenRefresher =>
  new TokenRefresher({
    ...parts,
    tokens: createTokens(parts),
    sessions: createSessionRepository(parts.table, parts.clock),
    rules: parts.settings.sessions,
  });

export const createTokenRevoker = (parts: Parts<'tokens'>): TokenRevoker =>
  new TokenRevoker({
    tokens: createTokens(parts),
    sessions: createSessionRepository(parts.table, parts.clock),
  });

export const createSessionService = (
  parts: Parts<'sessions', OwnerRules> & Partial<Pick<SessionServiceDependencies, 'retryTiming'>>,
): SessionService =>
  new SessionService({
    ...parts,
    sessions: createSessionRepository(parts.table, parts.clock),
    rules: parts.settings.sessions,
  });

/** @param parts `newSid` replaces the random ids of sessions */
export const createLoginSessions = (
  parts: WithoutTable<'tokens' | 'sessions', LoginRules> & Partial<Pick<LoginSessionDependencies, 'newSid'>>,
): LoginSessions =>
  new LoginSessions({ ...parts, tokens: createTokens(parts), rules: parts.settings.sessions });

export const createKnownDevices = (
  parts: WithoutTable<'tokens' | 'sessions', KnownDeviceDependencies['rules']>,
): KnownDevices =>
  new KnownDevices({ tokens: createTokens(parts), rules: parts.settings.sessions, clock: parts.clock });

export const createThrottle = ({ table, settings, clock }: Parts<'throttle'>): Throttle =>
  new Throttle({ counters: new FailureCounterRepository(table), settings: settings.throttle, clock });

/** @param parts `passwords` replaces the hashing of the service, `newSid` the random ids of sessions */
export const createLogin = (
  parts: Parts<'tokens' | 'sessions' | 'throttle' | 'refusalStepMs', LoginRules> &
    Partial<
      Pick<LoginDependencies, 'onRefused' | 'passwords' | 'retryTiming'> &
        Pick<LoginSessionDependencies, 'newSid'>
    >,
): Login =>
  new Login({
    passwords: createPasswords(),
    ...parts,
    users: createLoginRepository(parts.table, parts.clock),
    sessions: createLoginSessions(parts),
    devices: createKnownDevices(parts),
    throttle: createThrottle(parts),
    refusalStepMs: parts.settings.refusalStepMs,
  });

/** @param parts `passwords` replaces the hashing of the service */
export const createPasswordChange = (
  parts: Parts<'sessions' | 'throttle' | 'passwords', PasswordChangeDependencies['rules']> &
    Partial<Pick<PasswordChangeDependencies, 'passwords' | 'retryTiming'>>,
): PasswordChange =>
  new PasswordChange({
    passwords: createPasswords(),
    ...parts,
    users: createLoginRepository(parts.table, parts.clock),
    policy: createPasswordPolicy(parts.settings.passwords),
    throttle: createThrottle(parts),
    rules: parts.settings.sessions,
  });

export const createAccountService = (table: ItemTable): AccountService =>
  new AccountService({ users: createUserRepository(table) });

/** @param settings `cacheMs` is how long a page is cached, in milliseconds; 0 for not at all */
export function createPublishedPosts(
  table: ItemTable,
  { cacheMs, clock }: { readonly cacheMs: number; readonly clock: Clock },
): PostPages {
  const posts = new PublishedPosts(createPostRepository(table));
  return cacheMs === 0 ? posts : new CachedPosts(posts, cacheMs, clock);
}

export const createPasswords = (): Passwords => new Passwords();
export const createPasswordPolicy = (rules: PasswordRules): PasswordPolicy => new PasswordPolicy(rules);

export const createCounters = (table: ItemTable): Counters => new Counters(table);
export const createImportedFormats = (table: ItemTable): ImportedFormats => new ImportedFormats(table);
export const createLoginRepository = (table: ItemTable, clock?: Clock): LoginRepository =>
  new LoginRepository(table, clock);
export const createPostImports = (table: Table): PostImports => new PostImports(table);
export const createPostRepository = (table: ItemTable): PostRepository => new PostRepository(table);
export const createSessionRepository = (table: ItemTable, clock?: Clock): SessionRepository =>
  new SessionRepository(table, clock);
export const createUserImports = (table: Table): UserImports => new UserImports(table);
export const createUserRepository = (table: ItemTable): UserRepository => new UserRepository(table);

export const createNewRecords = (table: Table, clock: Clock): NewRecords =>
  new NewRecords({
    users: createUserRepository(table),
    imports: createUserImports(table),
    posts: createPostRepository(table),
    counters: createCounters(table),
    formats: createImportedFormats(table),
    clock,
  });
