/** Loads what the program loads before its first frame with a config file, and prints the paths as JSON. */
process.env.NODE_ENV = "production";
await import("../../../src/production-jsx.ts");
await import("../../../src/light-packages.ts");
await import("../../../src/cli/run.ts");
await import("../../../src/cli/watch.ts");
await import("../../../src/config/file/file.ts");
await import("../../../src/app/tui.tsx");
console.log(JSON.stringify(Object.keys(require.cache)));
