import { Box, Text } from "ink";
import { memo } from "react";
import type { BodyProps } from "./body.ts";

/** One line is one Text: layout and diffing stay cheap, and an unchanged line is not drawn again. */
const Line = memo(function Line({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

type LinesProps = Pick<BodyProps, "theme" | "width" | "height"> & { readonly lines: readonly string[] };

/** Lines of finished text, exactly `height` of them and none wider than `width`, so that nothing below moves. */
export function Lines({ lines, theme, width, height }: LinesProps) {
  const shown = Array.from({ length: height }, (_, at) =>
    clip(lines[at] ?? "", width, theme.glyphs.ellipsis),
  );
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {shown.map((text, at) => (
        <Line key={at} text={text} />
      ))}
    </Box>
  );
}

/** A line with its colour codes, cut to `width` cells where it is wider. */
export function clip(line: string, width: number, ellipsis: string): string {
  return Bun.stringWidth(line) <= width ? line : `${Bun.sliceAnsi(line, 0, width - 1)}${ellipsis}`;
}
