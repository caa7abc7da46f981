import { dirname, join } from "node:path";
import { plugin } from "bun";
import { inkMeasure, inkRenderer } from "./ink-renderer.ts";

/** Ink's packages for text that is too long: none of ours is, but for a terminal that shrinks. */
const rarelyCalled = ["cli-truncate", "wrap-ansi"];

/**
 * What packages load and we never need stays away when the program runs from its sources, where every module costs
 * 0.1 ms before the first frame; the bundler does as much for the executable (scripts/build.ts).
 */
plugin({
  name: "light packages",
  setup(build) {
    const from = (folder: string) => (specifier: string) => Bun.resolveSync(specifier, folder);
    const ink = Bun.resolveSync("ink", import.meta.dir);
    const ofInk = from(ink);
    const replace = (specifier: string, contents: () => string) => {
      build.module(specifier, () => ({ contents: contents(), loader: "js" }));
    };
    // Ink calls one function of its 415 modules.
    replace("es-toolkit/compat", () => {
      const path = JSON.stringify(ofInk("es-toolkit/compat/throttle"));
      return `export { default as throttle } from ${path};`;
    });
    // Bun measures text ten times as fast, and has no patterns to compile first.
    replace("string-width", () => "export default (text, options) => Bun.stringWidth(text, options);");
    for (const name of rarelyCalled)
      replace(name, () => {
        const path = JSON.stringify(ofInk(name));
        return `let real; export default (...args) => (real ??= require(${path}).default)(...args);`;
      });
    const keepRows = join(import.meta.dir, "components/drawing/kept-rows.ts");
    replace(join(dirname(ink), "renderer.js"), () => inkRenderer(dirname(ink), keepRows));
    replace(join(dirname(ink), "measure-text.js"), () => inkMeasure);
    // Its messages in 63 languages, none of which is shown.
    replace(join(dirname(Bun.resolveSync("zod", import.meta.dir)), "v4/locales/index.js"), () => "");
  },
});
