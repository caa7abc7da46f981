import { expect, test } from "bun:test";
import { join } from "node:path";
import { views } from "../src/views/all.ts";

test.each(["nosuch", ""])(
  "a view that is called %p is none, and all that there are get named",
  async (name) => {
    const script = join(import.meta.dir, "../scripts/check-view.ts");
    const child = Bun.spawn([process.execPath, script, name], { stderr: "pipe" });
    const said = await new Response(child.stderr).text();
    expect(await child.exited).toBe(2);
    for (const view of views) expect(said).toContain(view.name);
  },
);
