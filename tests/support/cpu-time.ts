/**
 * Measures the processor time that a piece of work takes in this process. Unlike elapsed time, it does not depend on what
 * else the machine does.
 *
 * @returns milliseconds, of all threads of the process
 */
export async function cpuTimeOf(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
