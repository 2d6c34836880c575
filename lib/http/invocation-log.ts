import type { Clock } from '../clock.ts';
import { LatchkeyError, LoginRefusedError } from '../errors.ts';
import type { LogFields, Logger } from '../logger.ts';
import type { Exchange, Middleware } from './middleware.ts';
import type { InvocationRecord } from './request.ts';
import { codeOf } from './responses.ts';

/** A finished invocation. */
export interface Invocation {
  readonly requestId: string;
  readonly route: string;
  readonly method?: string;
  readonly status: number;
  readonly durationMs: number;
  readonly record: InvocationRecord;
}

/** Writes the log line of an invocation: at level `error` for a 5xx, at `info` otherwise. */
export function logInvocation(logger: Logger, { record, ...invocation }: Invocation): void {
  const { error } = record;
  const isFault = invocation.status >= 500;
  const refused = error instanceof LoginRefusedError ? error : undefined;
  logger[isFault ? 'error' : 'info']({
    request_id: invocation.requestId,
    route: invocation.route,
    method: invocation.method,
    status: invocation.status,
    duration_ms: Math.round(invocation.durationMs),
    outcome: record.outcome,
    user_id: record.userId ?? refused?.userId,
    login_refusal: refused?.reason,
    password_upgrade: record.passwordUpgrade,
    ...(isFault && faultFields(error)),
  });
}

/** Logs every invocation, including failed ones. */
export function invocationLog(options: { logger: Logger; route: string; clock: Clock }): Middleware {
  const finish = ({ event, response, error }: Exchange) => {
    if (error !== null && error !== undefined) {
      event.record.error = error;
      event.record.outcome = codeOf(error);
    }
    logInvocation(options.logger, {
      requestId: event.id,
      route: options.route,
      method: event.method,
      status: response?.status ?? 500,
      durationMs: options.clock() - event.receivedAtMs,
      record: event.record,
    });
  };
  return { after: finish, onError: finish };
}

const FRAME = /^ {4}at [^\n]*:\d+:\d+\)?$/gm;
const MAX_FRAMES = 10;

/** Omits the messages of errors from outside this service, in the stack too, because they may quote request data. */
function faultFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error_name: typeof error };
  const { name, message, stack = '' } = error;
  const end = stack.indexOf(message) + message.length;
  const frames = stack.includes(message) ? stack.slice(end).match(FRAME) : null;
  return {
    error_name: name,
    error_message: error instanceof LatchkeyError ? message : undefined,
    error_causes: causesOf(error),
    error_stack: frames?.slice(0, MAX_FRAMES).map((frame) => frame.trim()),
  };
}

function causesOf({ cause }: Error, depth = 3): string[] {
  return cause instanceof Error && depth > 0 ? [cause.name, ...causesOf(cause, depth - 1)] : [];
}
