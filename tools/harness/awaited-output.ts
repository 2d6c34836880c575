import type { ChildProcess } from 'node:child_process';
import { START_MS } from './time-limits.ts';

/**
 * Waits until a process writes a text that matches a pattern.
 *
 * @param what names the process in the message of an error
 * @returns the first group of the match
 * @throws {Error} with the output if the process ends, or does not write the text in time
 */
export function awaitedOutput(child: ChildProcess, pattern: RegExp, what: string): Promise<string> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${what} ${why}:\n${output}`));
    const timer = setTimeout(() => fail('was not ready in time'), START_MS);
    child.once('close', () => {
      clearTimeout(timer);
      fail('ended');
    });
    const look = (text: string) => {
      output += text;
      const [, found] = pattern.exec(output) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      for (const stream of streams) stream.off('data', look);
      resolve(found);
    };
    for (const stream of streams) stream.setEncoding('utf8').on('data', look);
  });
}
