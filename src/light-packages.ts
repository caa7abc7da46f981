import { plugin } from "bun";

/**
 * Two packages of Ink's stand in for themselves when the program runs from its sources; the executable has its own
 * (scripts/build.ts). Of the 415 modules of es-toolkit/compat Ink calls one function, and Bun measures text ten times
 * as fast as the package, whose patterns take 20 ms to compile before the first frame.
 */
plugin({
  name: "light packages",
  setup(build) {
    build.module("es-toolkit/compat", () => {
      const throttle = Bun.resolveSync("es-toolkit/compat/throttle", Bun.resolveSync("ink", import.meta.dir));
      return { contents: `export { default as throttle } from ${JSON.stringify(throttle)};`, loader: "js" };
    });
    build.module("string-width", () => ({
      contents: "export default (text, options) => Bun.stringWidth(text, options);",
      loader: "js",
    }));
  },
});
