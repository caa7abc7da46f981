import type { DOMElement } from "ink";

/** What Ink asks of its renderer (ink/build/renderer.js); a text of several rows has line feeds. */
type Frame = { readonly output: string; readonly outputHeight: number; readonly staticOutput: string };

/** Ink's own drawing of one text: its rows joined by line feeds, without blanks at the ends. */
export type DrawText = (text: DOMElement, width: number, height: number) => string;

type Kept = {
  readonly text: string | null;
  readonly transform: unknown;
  readonly width: number;
  readonly height: number;
  readonly rows: readonly string[];
};

/**
 * A renderer in the place of Ink's, for texts that stand below one another. A line that fits is a row as it is, and a
 * text that has not changed keeps its rows. Ink's own renderer takes every text of every frame apart into cells, which
 * was more than a third of the main thread's time for a screen on which one clock moves on.
 */
export function keepRows(draw: DrawText): (root: DOMElement) => Frame {
  const kept = new WeakMap<DOMElement, Kept>();
  const rowsOf = (node: DOMElement, width: number, height: number): readonly string[] => {
    const now = { text: onlyText(node), transform: node.internal_transform, width, height };
    const before = kept.get(node);
    if (before && now.text !== null && isSame(before, now)) return before.rows;
    const rows = isFinished(now.text, width) ? [now.text.trimEnd()] : draw(node, width, height).split("\n");
    kept.set(node, { ...now, rows });
    return rows;
  };
  return (root) => {
    const width = root.yogaNode?.getComputedWidth() ?? 0;
    const height = root.yogaNode?.getComputedHeight() ?? 0;
    const frame = new Array<string>(height).fill("");
    const place = (node: DOMElement, top: number): void => {
      const y = top + (node.yogaNode?.getComputedTop() ?? 0);
      if (node.nodeName === "ink-text") {
        const rows = rowsOf(node, width, node.yogaNode?.getComputedHeight() ?? 0);
        for (const [at, row] of rows.entries()) if (y + at < height) frame[y + at] = row;
      } else for (const child of node.childNodes) if (child.nodeName !== "#text") place(child, y);
    };
    place(root, 0);
    return { output: frame.join("\n"), outputHeight: height, staticOutput: "" };
  };
}

/** The text of a node that has one piece of it; null for others, which are drawn anew each time. */
function onlyText({ childNodes }: DOMElement): string | null {
  const [child] = childNodes;
  return childNodes.length === 1 && child?.nodeName === "#text" ? child.nodeValue : null;
}

/** True for a text that fits its row: it is finished as it is, since no other text reaches the screen (safe-text.ts). */
function isFinished(text: string | null, width: number): text is string {
  return text !== null && !text.includes("\n") && Bun.stringWidth(text) <= width;
}

function isSame(before: Kept, now: Omit<Kept, "rows">): boolean {
  return (
    before.text === now.text &&
    before.transform === now.transform &&
    before.width === now.width &&
    before.height === now.height
  );
}
