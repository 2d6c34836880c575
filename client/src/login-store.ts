import { createError } from './errors.ts';
import type { LoginStorage } from './storage/storage.ts';
import { type Claims, readClaims } from './token.ts';

/** A login as it is stored: its newest token, and the key of the refresh that replaces the token. */
export interface Login {
  readonly token: string;
  /**
   * The `Idempotency-Key` of the refresh of this token. It is stored with the token, so each attempt has the same key, in each
   * tab and after a restart.
   */
  readonly key: string;
  /** When the service issued the token, in seconds since 1970; 0 if that is unknown. */
  readonly issuedAt: number;
  /** How far the clock of the service is ahead of the clock of the device, in milliseconds. */
  readonly skew: number;
  /** The service refuses to refresh this token, but accepts it until it expires. */
  readonly isFinal: boolean;
}

/** A stored login with the claims of its token. */
export interface KnownLogin extends Login {
  readonly claims: Claims;
}

/** A failure of the storage. The login is kept in memory. */
export interface StorageProblem {
  /** `content`: the stored text is not a login of this client. */
  readonly operation: 'read' | 'write' | 'remove' | 'content';
  readonly error: unknown;
}

/** The login in memory and in the storage. All changes run one after another. */
export interface LoginStore {
  /** Returns the login in memory, and reads the storage the first time. @throws {LatchkeyError} storage_failed */
  load(): Promise<KnownLogin | undefined>;
  /** Reads the storage again: another tab may have changed it. @throws {LatchkeyError} storage_failed */
  reload(): Promise<KnownLogin | undefined>;
  /**
   * Replaces the login, first in the storage and then in memory.
   *
   * @param change returns the new login, undefined to remove it, or the current one to keep it
   * @returns the login after the change
   */
  update(change: (current: KnownLogin | undefined) => Login | undefined): Promise<KnownLogin | undefined>;
}

/**
 * Creates the store of a login.
 *
 * @param onProblem called once when the storage begins to fail, and again after it has worked
 */
export function createLoginStore(
  storage: LoginStorage,
  onProblem: (problem: StorageProblem) => void,
): LoginStore {
  let memory: KnownLogin | undefined;
  /** Whether the memory is what counts. Before the first read it is not. */
  let isKnown = false;
  /** The text that was last read or written. A different one is from another tab. */
  let seen: string | undefined;
  /** Whether the login in memory is not stored yet. */
  let isUnsaved = false;
  let isReported = false;
  let queue: Promise<unknown> = Promise.resolve();

  const exclusively = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work);
    queue = result.catch(() => undefined);
    return result;
  };
  const report = (operation: StorageProblem['operation'], error: unknown) => {
    if (!isReported) onProblem({ operation, error });
    isReported = true;
  };

  async function save(login: KnownLogin | undefined): Promise<void> {
    try {
      const text = login && toText(login);
      if (text === undefined) await storage.remove();
      else await storage.write(text);
      seen = text;
      isUnsaved = isReported = false;
    } catch (error) {
      isUnsaved = true;
      report(login ? 'write' : 'remove', error);
    }
  }

  async function read(): Promise<void> {
    let text: string | undefined;
    try {
      text = (await storage.read()) ?? undefined;
    } catch (error) {
      report('read', error);
      return;
    }
    if (isKnown && text === seen) return isUnsaved ? save(memory) : undefined;
    seen = text;
    isKnown = true;
    isUnsaved = false;
    memory = text === undefined ? undefined : fromText(text);
    if (text !== undefined && !memory) report('content', new Error('The stored login is not readable.'));
  }

  const known = () => {
    if (isKnown) return memory;
    throw createError('storage_failed', 'The storage of the login could not be read.');
  };

  return {
    load: () =>
      exclusively(async () => {
        if (!isKnown) await read();
        else if (isUnsaved) await save(memory);
        return known();
      }),
    reload: () =>
      exclusively(async () => {
        await read();
        return known();
      }),
    update: (change) =>
      exclusively(async () => {
        await read();
        const next = change(memory);
        if (next === memory && isKnown) return memory;
        const claims = next && readClaims(next.token);
        const login = next && claims && { ...next, claims };
        await save(login);
        isKnown = true;
        memory = login;
        return login;
      }),
  };
}

const toText = ({ token, key, issuedAt, skew, isFinal }: Login): string =>
  JSON.stringify({ token, key, issuedAt, skew, isFinal });

function fromText(text: string): KnownLogin | undefined {
  try {
    const { token, key, issuedAt, skew, isFinal }: Record<string, unknown> = JSON.parse(text);
    if (typeof token !== 'string' || typeof key !== 'string') return undefined;
    const claims = readClaims(token);
    return (
      claims && {
        token,
        key,
        issuedAt: typeof issuedAt === 'number' ? issuedAt : 0,
        skew: typeof skew === 'number' ? skew : 0,
        isFinal: isFinal === true,
        claims,
      }
    );
  } catch {
    return undefined;
  }
}
