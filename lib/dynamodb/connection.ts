import type { AttemptTimeouts } from '../deadline-handler.ts';

export interface ClientSettings {
  readonly region: string | undefined;
  /**
   * The URL of a local engine, which takes precedence over `AWS_ENDPOINT_URL`. Its username is the access key id, `local` by
   * default. If undefined, the client uses the endpoint of the region and the credentials of the environment.
   */
  readonly endpoint: string | undefined;
  /** {@link AWS_TIMEOUTS} by default, and longer ones for a local engine. */
  readonly timeouts?: AttemptTimeouts;
}

export const AWS_TIMEOUTS: AttemptTimeouts = { connectMs: 1_000, requestMs: 2_000, attemptMs: 2_500 };
/** For commands on a deployed stage. Their batches take longer over a slow connection. */
export const COMMAND_TIMEOUTS: AttemptTimeouts = { connectMs: 10_000, requestMs: 20_000, attemptMs: 60_000 };
/**
 * A local engine shares the CPU, and often the process, with its clients. While they compute, for example the hashes of
 * concurrent logins, a call can exceed {@link AWS_TIMEOUTS}.
 */
const LOCAL_TIMEOUTS: AttemptTimeouts = { connectMs: 10_000, requestMs: 20_000, attemptMs: 30_000 };
export const MAX_ATTEMPTS = 3;
/**
 * One local process sends the requests of many clients at once. They must not time out while they wait for a connection.
 */
export const HTTP_AGENT = { maxSockets: Number.POSITIVE_INFINITY };

export const timeoutsOf = ({ endpoint, timeouts }: ClientSettings): AttemptTimeouts =>
  timeouts ?? (endpoint === undefined ? AWS_TIMEOUTS : LOCAL_TIMEOUTS);

/** Separates the access key id from the URL of a local engine. */
export function localEngine(url: string) {
  const endpoint = new URL(url);
  const accessKeyId = endpoint.username || 'local';
  endpoint.username = '';
  return { endpoint: endpoint.href, credentials: { accessKeyId, secretAccessKey: 'local' } };
}
