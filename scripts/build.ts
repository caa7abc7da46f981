import { dirname, join } from "node:path";
import type { BunPlugin } from "bun";
import { inkMeasure, inkRenderer } from "../src/ink-renderer.ts";

const [entry = "src/main.ts", outfile = "dist/pgparade", target] = process.argv.slice(2);

/** Ink asks for the React devtools in development only, but the bundler wants the module all the same. */
const withoutDevtools: BunPlugin = {
  name: "without react-devtools-core",
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, () => ({ path: "devtools", namespace: "stub" }));
    build.onLoad({ filter: /.*/, namespace: "stub" }, () => ({
      contents: "export default {};",
      loader: "js",
    }));
  },
};

/**
 * Ink measures every line of every frame. Bun's own function is ten times as fast as the package, and it is the one
 * that our cells are cut and padded by, so that both agree on every width.
 */
const nativeWidth: BunPlugin = {
  name: "native string width",
  setup(build) {
    // Which does the same for the sources, where nothing is bundled.
    build.onResolve({ filter: /\/light-packages\.ts$/ }, () => ({ path: "none", namespace: "stub" }));
    build.onResolve({ filter: /^string-width$/ }, () => ({ path: "width", namespace: "native" }));
    build.onLoad({ filter: /.*/, namespace: "native" }, () => ({
      contents: "export default (text, options) => Bun.stringWidth(text, options);",
      loader: "js",
    }));
  },
};

/** Ink draws what has changed only, and remembers no texts; src/light-packages.ts does the same for the sources. */
const keptRows: BunPlugin = {
  name: "kept rows",
  setup(build) {
    const keepRows = join(import.meta.dir, "../src/components/drawing/kept-rows.ts");
    build.onLoad({ filter: /[/\\]ink[/\\]build[/\\]renderer\.js$/ }, ({ path }) => ({
      contents: inkRenderer(dirname(path), keepRows),
      loader: "js",
    }));
    build.onLoad({ filter: /[/\\]ink[/\\]build[/\\]measure-text\.js$/ }, () => ({
      contents: inkMeasure,
      loader: "js",
    }));
  },
};

/** ssh2 goes without its add-ons where they were not compiled, and one executable is for every machine of its kind. */
const withoutAddons: BunPlugin = {
  name: "without ssh2's add-ons",
  setup(build) {
    build.onResolve({ filter: /^cpu-features$|\/sshcrypto\.node$/ }, ({ path }) => ({
      path,
      namespace: "addon",
    }));
    build.onLoad({ filter: /.*/, namespace: "addon" }, () => ({
      contents: 'throw new Error("not compiled");',
      loader: "js",
    }));
  },
};

/**
 * What runs in a thread of its own is bundled apart. With no folder in its name it lies beside the program, where a
 * `new URL("./…", import.meta.url)` looks for it as it does in the sources.
 */
const threads = ["src/services/secrets/ssh-key-worker.ts", "src/services/secrets/tls-key-worker.ts"];

/**
 * One executable with Bun inside. Without the define it would carry React's development build, and without the two
 * autoload options it would run with whatever `.env` and `bunfig.toml` lie in the current directory.
 */
const result = await Bun.build({
  entrypoints: [entry, ...threads],
  naming: { entry: "[name].[ext]" },
  compile: {
    outfile,
    autoloadDotenv: false,
    autoloadBunfig: false,
    ...(target === undefined ? {} : { target: target as Bun.Build.CompileTarget }),
  },
  bytecode: true,
  // What only some commands need is not even looked at by the others: one piece took 7 ms longer to begin.
  splitting: true,
  format: "esm",
  minify: true,
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [withoutDevtools, nativeWidth, keptRows, withoutAddons],
  throw: false,
});

for (const log of result.logs) console.error(log);
const [binary] = result.outputs;
if (!result.success || !binary) process.exit(1);
console.log(`${outfile}  ${Math.round(Bun.file(binary.path).size / 1e6)} MB`);
