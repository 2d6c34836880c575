import * as v from 'valibot';
import { colored, printable } from '../tools/kit/terminal.ts';

/** The variable that makes the gateway print a line per request, for the same process. */
export const REQUEST_LINES = 'LATCHKEY_REQUEST_LINES';

/** A request with the status of its response. */
export interface CompletedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** Formats a request as one line for a terminal. */
export function requestLine(
  { method, path, status, milliseconds }: CompletedRequest,
  now = new Date(),
): string {
  const time = now.toTimeString().slice(0, 8);
  const color = status < 400 ? 'green' : status < 500 ? 'yellow' : 'red';
  return `${time}  ${printable(method).padEnd(6)} ${printable(path)}  ${colored(color, String(status))}  ${Math.round(milliseconds)} ms`;
}

/** Log lines and metrics of the functions, one JSON object per line. */
const LOG_LINE = /^\{"(level|_aws)":.*\}$/;

/**
 * Replaces the JSON log lines on a stream: errors become readable lines, all others are dropped. Other output passes.
 */
export function replaceLogLines(stream: NodeJS.WritableStream): void {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
    if (typeof chunk !== 'string' || !LOG_LINE.test(chunk.trimEnd()))
      return Reflect.apply(write, stream, [chunk, ...rest]);
    const error = errorLine(chunk);
    return error === undefined ? true : write(error);
  };
}

const errorSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    level: v.literal('ERROR'),
    route: v.string(),
    error_name: v.optional(v.string(), 'Error'),
    error_message: v.optional(v.string()),
    error_causes: v.optional(v.array(v.string()), []),
    error_stack: v.optional(v.array(v.string()), []),
  }),
);

/** Formats the log line of an error. Returns undefined for any other line. */
function errorLine(text: string): string | undefined {
  const { success, output } = v.safeParse(errorSchema, text);
  if (!success) return undefined;
  const { route, error_name, error_message, error_causes, error_stack } = output;
  const parts = [error_name, ...(error_message === undefined ? [] : [error_message])];
  const causes = error_causes.map((cause) => `caused by ${cause}`);
  return `${[`${route}: ${parts.join(': ')}`, ...causes, ...error_stack].map(printable).join('\n    ')}\n`;
}
