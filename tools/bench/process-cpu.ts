import { readdirSync, readFileSync } from 'node:fs';
import { cpuClock } from './measure.ts';

/** The unit of CPU times in `/proc` (proc(5), `sysconf(_SC_CLK_TCK)`). It is 100 per second on every common Linux. */
const TICK_MS = 10;
/** The fields after the name of the program (proc(5), /proc/pid/stat): the state is number 3. */
const FIELD = { parent: 4 - 3, user: 14 - 3, system: 15 - 3 } as const;

const fieldsOf = (pid: number | string): number[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
};
const timeOf = (fields: readonly number[]): number =>
  ((fields[FIELD.user] ?? 0) + (fields[FIELD.system] ?? 0)) * TICK_MS;

/**
 * Returns the CPU time that a process and its children have used so far, in milliseconds; undefined on a system without
 * `/proc`.
 */
function processCpu(pid: number): number | undefined {
  if (pid === process.pid) return cpuClock();
  if (process.platform !== 'linux') return undefined;
  const children = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const fields = fieldsOf(name);
      return fields[FIELD.parent] === pid ? [timeOf(fields)] : [];
    } catch {
      // The process has ended in the meantime.
      return [];
    }
  });
  return children.reduce((sum, time) => sum + time, timeOf(fieldsOf(pid)));
}

/** Returns a clock of the CPU times of processes, for the processes whose times can be read. */
export const cpuClockOf =
  (...pids: readonly number[]) =>
  (): number[] =>
    pids.flatMap((pid) => processCpu(pid) ?? []);
