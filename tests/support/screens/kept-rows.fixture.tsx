/**
 * Draws one screen after another on one terminal and prints the frames as JSON: with the renderer that the program puts
 * in the place of Ink's, or with the argument `ink` with Ink's.
 */
import { Writable } from "node:stream";

if (process.argv[2] !== "ink") await import("../../../src/light-packages.ts");
const { render } = await import("ink");
const { Screen } = await import("../../../src/components/App.tsx");
const { dark, screens, sizes } = await import("./screens.tsx");

let frame = "";
const terminal = Object.assign(
  new Writable({
    write(chunk, _, done) {
      frame = String(chunk);
      done();
    },
  }),
  { columns: 200, rows: 50, isTTY: true },
);
const frames: string[][] = [];
let instance: ReturnType<typeof render> | null = null;
for (const size of sizes.slice(1, 3))
  for (const stateAt of Object.values(screens)) {
    terminal.columns = size.columns;
    const screen = <Screen state={stateAt(size)} theme={dark} />;
    // Ink's types want a whole tty; in debug mode it writes each frame in full and asks for no more than its size.
    if (instance) instance.rerender(screen);
    else instance = render(screen, { stdout: terminal as unknown as NodeJS.WriteStream, debug: true });
    frames.push(frame.split("\n"));
  }
console.log(JSON.stringify(frames));
process.exit(0);
