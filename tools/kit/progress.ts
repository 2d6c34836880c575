import { SingleBar } from 'cli-progress';
import { warn } from './terminal.ts';

/**
 * Creates a progress bar on standard error. It shows nothing if standard error is not a terminal.
 *
 * @param format the line in the format of cli-progress, such as `{bar} {value} of {total}`
 */
export function progressBar(format: string, total: number) {
  const options = { format, stream: process.stderr, noTTYOutput: false, clearOnComplete: true };
  const bar = process.stderr.isTTY ? new SingleBar(options) : undefined;
  return {
    /** @param values the other values that the format names */
    show: (value: number, values: Readonly<Record<string, number | string>>) => {
      if (bar?.isActive) bar.update(value, values);
      else bar?.start(total, value, values);
    },
    /** Writes a line above the bar. */
    interrupt: (line: string) => {
      if (bar) process.stderr.write('\r\u001b[K');
      warn(line);
    },
    stop: () => {
      if (bar?.isActive) bar.stop();
    },
  };
}
