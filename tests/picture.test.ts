import { expect, test } from "bun:test";
import { drawText, picture } from "../scripts/picture.ts";

const draw = async (text: string) => picture(await drawText(text, 20, 2));

test("text of one look is one element, in its place", async () => {
  const svg = await draw("node \x1b[1;31mdown  now\x1b[0m\n");
  expect(svg).toContain(">node</text>");
  expect(svg).toMatch(/x="56" .*fill="#f7768e" font-weight="bold">down {2}now<\/text>/);
});

test("inverse text swaps ink and paper", async () => {
  expect(await draw("\x1b[7mchosen\x1b[0m")).toMatch(
    /<rect .*fill="#c8d0e0"\/>\n<text .*fill="#16161e">chosen/,
  );
});

test("dim text is faint and colours outside the palette are kept", async () => {
  const svg = await draw("\x1b[2mold\x1b[0m \x1b[38;2;1;2;3mown\x1b[0m \x1b[38;5;196mcube\x1b[0m");
  expect(svg).toMatch(/opacity="\.55">old/);
  expect(svg).toMatch(/fill="#010203">own/);
  expect(svg).toMatch(/fill="#ff0000">cube/);
});

test("text cannot break out of the document", async () => {
  expect(await draw("a<b>&c")).toContain(">a&lt;b&gt;&amp;c</text>");
});
