/**
 * The source of a module that stands in the place of ink/build/renderer.js and draws with {@link keepRows}; what has
 * changed is drawn by Ink's own modules beside it, which no package path leads to.
 * @param folder of ink/build
 * @param keepRows path of the module with that function
 */
export function inkRenderer(folder: string, keepRows: string): string {
  const from = (path: string) => JSON.stringify(path);
  return `import Output from ${from(`${folder}/output.js`)};
import renderNode from ${from(`${folder}/render-node-to-output.js`)};
import { keepRows } from ${from(keepRows)};
export default keepRows((text, width, height) => {
  const output = new Output({ width, height });
  renderNode(text, output, { offsetY: -text.yogaNode.getComputedTop(), skipStaticElements: true });
  return output.get().output;
});`;
}

/**
 * The source of a module that stands in the place of ink/build/measure-text.js. That one keeps the last 8,192 texts: a screen of
 * 20 nodes writes twenty new ones a second, and hardly any of them again.
 */
export const inkMeasure = `export default (text) => {
  if (text === "") return { width: 0, height: 0 };
  const lines = text.split("\\n");
  return { width: Math.max(...lines.map((line) => Bun.stringWidth(line))), height: lines.length };
};`;
