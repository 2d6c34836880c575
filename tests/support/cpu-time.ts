/**
 * Measures the CPU time that some work takes in this process. Unlike elapsed time, it does not depend on the load of
 * the machine.
 *
 * @returns milliseconds, over all threads of the process
 */
export async function cpuTimeOf(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
