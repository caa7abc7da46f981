/**
 * The processor time of synchronous work, in ms: that of the clock grows with whatever else the machine does. For growth
 * with the square of a length, which takes minutes; a limit is ten times what the work needs, and 2 s at least.
 */
export function cpuMsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
