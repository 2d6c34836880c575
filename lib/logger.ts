import { LogFormatter, LogItem, Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';

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

type FormatterInput = Parameters<LogFormatter['formatAttributes']>;

class AllowedFields extends LogFormatter {
  formatAttributes({ logLevel, timestamp }: FormatterInput[0], fields: FormatterInput[1]): LogItem {
    const allowed = FIELDS.map((name) => [name, fields[name]] as const);
    return new LogItem({
      attributes: { level: logLevel, timestamp: timestamp.toISOString(), ...Object.fromEntries(allowed) },
    });
  }
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
  class LineLogger extends PowertoolsLogger {
    protected override printLog(_level: number, item: LogItem): void {
      item.prepareForPrint();
      write(`${JSON.stringify(item.getAttributes())}\n`);
    }
  }
  const logger = new LineLogger({ logLevel: 'INFO', logFormatter: new AllowedFields() });
  return {
    info: (fields) => logger.info('', { ...fields }),
    error: (fields) => logger.error('', { ...fields }),
  };
}
