import { renameSync } from "node:fs";

/** Writes each text of a JSON file to the terminal it runs in and asks where the cursor is then; the cells go to a second file. */
const [from = "", to = ""] = process.argv.slice(2);
const texts: string[] = await Bun.file(from).json();
const cells: number[] = [];
const batch = 200;
let wake = () => {};
let rest = "";
process.stdin.setRawMode(true);
process.stdin.on("data", (chunk) => {
  rest += chunk.toString("latin1");
  rest = rest.replace(/\u001b\[\d+;(\d+)R/g, (_, column: string) => {
    // One for the letter in front and one because the first column is 1.
    cells.push(Number(column) - 2);
    return "";
  });
  wake();
});
for (let at = 0; at < texts.length; at += batch) {
  const some = texts.slice(at, at + batch);
  process.stdout.write(some.map((text) => `\u001b[H\u001b[2Ka${text}\u001b[6n`).join(""));
  while (cells.length < at + some.length)
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
}
// Whoever waits for the file reads it whole.
await Bun.write(`${to}.part`, JSON.stringify(cells));
renameSync(`${to}.part`, to);
process.exit(0);
