import { expect, test } from "bun:test";
import { join } from "node:path";

/** All screens as they are drawn when each follows another on the same terminal. */
async function drawnInTurn(renderer: "ink" | "kept"): Promise<string[][]> {
  const fixture = join(import.meta.dir, "../support/screens/kept-rows.fixture.tsx");
  const child = Bun.spawn([process.execPath, fixture, renderer], { stdout: "pipe" });
  // The fixture is ours.
  return (await new Response(child.stdout).json()) as string[][];
}

test("rows that are kept from the frame before are the rows that Ink draws anew", async () => {
  const [kept, anew] = await Promise.all([drawnInTurn("kept"), drawnInTurn("ink")]);
  expect(anew.length).toBeGreaterThan(50);
  expect(kept).toEqual(anew);
}, 60_000);
