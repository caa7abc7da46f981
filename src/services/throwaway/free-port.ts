import { createServer } from "node:net";

// Below the range from which Linux (32768) and macOS (49152) choose ports for outgoing connections, so that
// a client cannot take the port of a server that is stopped for a while.
const range = { lowest: 20_000, highest: 32_000 };

/** Keeps to the `index`th (from 0) of `count` parts of the range: processes that run at once choose no port of another's. */
export function keepToPart(index: number, count: number): void {
  const width = Math.floor((range.highest - range.lowest) / count);
  range.lowest += index * width;
  range.highest = range.lowest + width;
}

/** Given before by this process: a server that is being made, or is stopped for a while, does not listen. */
const given = new Set<number>();

/** `count` ports on 127.0.0.1 that nothing listens on now. None is given twice within thousands. */
export async function freePorts(count: number): Promise<number[]> {
  const { lowest, highest } = range;
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > 100 + 20 * count) throw new Error(`no ${count} free ports between ${lowest} and ${highest}`);
    if (given.size > (highest - lowest) / 2) given.clear();
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}
