/** The fields of a log line after `level` and `timestamp`, in this order. Other fields are dropped. */
const FIELDS = [
  'request_id',
  'route',
  'method',
  'status',
  'duration_ms',
  'outcome',
  'user_id',
  'login_refusal',
  'password_upgrade',
  'error_name',
  'error_message',
  'error_causes',
  'error_stack',
] as const;

export type LogFields = Partial<
  Record<(typeof FIELDS)[number], string | number | readonly string[] | undefined>
>;

/** Writes structured log lines. */
export interface Logger {
  info(fields: LogFields): void;
  error(fields: LogFields): void;
}

/**
 * Creates a logger that writes one JSON object per line, with the allowed fields only.
 *
 * @param write receives each line with its line feed; writes to standard output by default
 * @see OWASP ASVS 5.0, 16.2.5 (no credentials in logs), 16.4.1 (log injection)
 */
export function createLogger(
  write: (line: string) => unknown = (line) => process.stdout.write(line),
): Logger {
  const logAt = (level: 'INFO' | 'ERROR') => (fields: LogFields) => {
    const allowed = Object.fromEntries(FIELDS.map((name) => [name, fields[name]]));
    write(`${JSON.stringify({ level, timestamp: new Date().toISOString(), ...allowed })}\n`);
  };
  return { info: logAt('INFO'), error: logAt('ERROR') };
}
