#!/usr/bin/env bun
const { setRuntimeOptions } = await import("./runtime-options.ts");
setRuntimeOptions();
// Ink and React must load in production mode, and a static import would run before this line.
process.env.NODE_ENV ??= "production";
// Set for programs that have the native driver, which we have not.
delete process.env["NODE_PG_FORCE_NATIVE"];
await import("./production-jsx.ts");
await import("./light-packages.ts");
const { run } = await import("./cli/run.ts");
await run(process.argv.slice(2));
