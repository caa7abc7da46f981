import { Box, Text } from "ink";
import { memo } from "react";
import type { BodyProps } from "./body.ts";

/** One line is one Text: layout and diffing stay cheap, and an unchanged line is not drawn again. */
const Line = memo(function Line({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

type LinesProps = Pick<BodyProps, "theme" | "width" | "height"> & { readonly lines: readonly string[] };

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

/** A line with its colour codes, cut to `width` cells where it is wider. */
export function clip(line: string, width: number, ellipsis: string): string {
  return Bun.stringWidth(line) <= width ? line : `${Bun.sliceAnsi(line, 0, width - 1)}${ellipsis}`;
}
