import { join } from "node:path";
import type { ServerBinaries } from "../../../src/services/throwaway/server-binaries.ts";
import type { Resolution, ResolutionCase } from "./resolution-cases.ts";

/** What a library makes of connection strings and environments, in their order; null when there is none of that name. */
export async function libpqResolutions(
  library: string,
  cases: readonly ResolutionCase[],
): Promise<readonly Resolution[] | null> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "libpq-resolve.fixture.ts"), library], {
    env: { PATH: process.env["PATH"] },
    stdin: Buffer.from(JSON.stringify(cases)),
    // It warns of password files that it does not read.
    stderr: "ignore",
  });
  const [code, stdout] = await Promise.all([child.exited, child.stdout.text()]);
  return code === 0 ? JSON.parse(stdout) : null;
}

/** The libpq that comes with the servers' binaries, whose rules are those of their version. */
export function libraryOf({ folder }: ServerBinaries): string {
  return join(folder, "lib", process.platform === "darwin" ? "libpq.5.dylib" : "libpq.so.5");
}
