import { Box, render, Text, useApp, useInput, usePaste, useWindowSize } from "ink";
import { useState } from "react";

/** A tiny full-screen program, so that the terminal harness is tried without ours. */
function Counter() {
  const [count, setCount] = useState(0);
  const [pasted, setPasted] = useState("");
  const { columns, rows } = useWindowSize();
  const { exit } = useApp();
  usePaste(setPasted);
  useInput((input, key) => {
    if (input === "q") exit();
    if (key.upArrow) setCount((now) => now + 1);
  });
  return (
    <Box flexDirection="column" height={rows}>
      <Text bold color="green">
        count {count}
      </Text>
      <Text inverse>
        {columns}×{rows}
      </Text>
      <Text>pasted {pasted}</Text>
    </Box>
  );
}

process.stdout.write("\x1b]0;counter\x07");
await render(<Counter />, { alternateScreen: true }).waitUntilExit();
process.exit(0);
