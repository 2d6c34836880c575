import { describe, expect, it } from 'vitest';
import { createLogger, type LogFields } from '../../lib/logger.ts';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(createLogger((line) => lines.push(line)));
  return lines;
}

describe('createLogger', () => {
  it('writes one line per call, with level, timestamp and the fields in their order', () => {
    const fields: LogFields = { status: 200, outcome: 'ok', request_id: 'a', user_id: undefined };
    const [info = '', error = '', ...more] = linesOf((logger) => {
      logger.info(fields);
      logger.error({ error_causes: ['Error'] });
    });
    expect(info).toMatch(
      /^\{"level":"INFO","timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","request_id":"a","status":200,"outcome":"ok"\}\n$/,
    );
    expect(error).toMatch(/^\{"level":"ERROR","timestamp":"[^"]+","error_causes":\["Error"\]\}\n$/);
    expect(more).toEqual([]);
  });

  it('drops other fields, and escapes line feeds', () => {
    const fields = { outcome: 'ok\n{"level":"ERROR"}', password: 'canary', level: 'ERROR' };
    const [line = ''] = linesOf((logger) => logger.info(fields));
    expect(line).not.toContain('canary');
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ level: 'INFO', outcome: fields.outcome });
  });
});
