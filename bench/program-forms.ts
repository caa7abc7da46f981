import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** A way in which the program is run: the built executable, or Bun with the sources. */
export type Form = { readonly name: "packaged" | "source"; readonly command: readonly string[] };

/** Builds the executable into a folder and names both forms. Rejects with what the build said. */
export async function buildForms(folder: string): Promise<{ packaged: Form; source: Form }> {
  const executable = join(folder, "pgparade");
  const build = Bun.spawn([process.execPath, join(root, "scripts/build.ts"), "src/main.ts", executable], {
    cwd: root,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, said] = await Promise.all([build.exited, new Response(build.stderr).text()]);
  if (code !== 0) throw new Error(`the executable could not be built:\n${said}`);
  return {
    packaged: { name: "packaged", command: [executable] },
    source: { name: "source", command: [process.execPath, join(root, "src/main.ts")] },
  };
}
