import { Box, Text } from "ink";
import { memo } from "react";

/** One line is one Text: layout and diffing stay cheap, and an unchanged line is not drawn again. */
const Line = memo(function Line({ text }: { readonly text: string }) {
  return <Text wrap="truncate">{text === "" ? " " : text}</Text>;
});

/** Lines of finished text, exactly `height` of them, so that nothing below them moves. */
export function Lines({ lines, height }: { readonly lines: readonly string[]; readonly height: number }) {
  const shown = Array.from({ length: height }, (_, at) => lines[at] ?? "");
  return (
    <Box flexDirection="column" height={height} flexShrink={0} overflow="hidden">
      {shown.map((text, at) => (
        <Line key={at} text={text} />
      ))}
    </Box>
  );
}
