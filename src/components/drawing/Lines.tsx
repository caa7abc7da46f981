import { Box, Text } from "ink";
import { memo } from "react";
import { withAnchors } from "../../text/cells.ts";
import { type SafeText, safe } from "../../text/safe-text.ts";
import type { LinesProps } from "./body.ts";
import { clip } from "./line.ts";

/**
 * The only place where text becomes an element (docs/decisions/0019-safe-text.md). One line is one Text: layout and
 * diffing stay cheap, and an unchanged line is not drawn again.
 */
export const Line = memo(function Line({ text }: { readonly text: SafeText }) {
  return <Text wrap="truncate">{text === "" ? safe` ` : withAnchors(text)}</Text>;
});

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
