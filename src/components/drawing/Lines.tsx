import { Box, Text } from "ink";
import { memo } from "react";
import { width as cellsOf, sliced, withAnchors } from "../../text/cells.ts";
import { repeated, type SafeText, safe } from "../../text/safe-text.ts";
import type { BodyProps } from "./body.ts";

/**
 * The only place where text becomes an element (docs/decisions/0019-safe-text.md). One line is one Text: layout and
 * diffing stay cheap, and an unchanged line is not drawn again.
 */
export const Line = memo(function Line({ text }: { readonly text: SafeText }) {
  return <Text wrap="truncate">{text === "" ? safe` ` : withAnchors(text)}</Text>;
});

type LinesProps = Pick<BodyProps, "theme" | "width" | "height"> & { readonly lines: readonly SafeText[] };

/**
 * Lines of finished text in exactly `height` rows and none wider than `width`, so that nothing below moves.
 * Empty rows are no elements: fifty of them made the first frame 10 ms later.
 */
export function Lines({ lines, theme, width, height }: LinesProps) {
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {lines.slice(0, height).map((text, at) => (
        <Line key={at} text={clip(text, width, theme.glyphs.ellipsis)} />
      ))}
    </Box>
  );
}

/** A finished line with blanks up to `cells`. */
export function padded(line: SafeText, cells: number): SafeText {
  return safe`${line}${repeated(safe` `, cells - cellsOf(line))}`;
}

/** A line with its colour codes, cut to `width` cells where it is wider. */
export function clip(line: SafeText, width: number, ellipsis: SafeText): SafeText {
  return cellsOf(line) <= width ? line : safe`${sliced(line, width - 1)}${ellipsis}`;
}
