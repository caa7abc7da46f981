import { renderToString } from "ink";
import type { Context } from "../../src/commands/command.ts";
import { dispatch } from "../../src/commands/dispatch.ts";
import { Screen } from "../../src/components/App.tsx";
import { makeTheme } from "../../src/components/drawing/theme.ts";
import { openStore } from "../../src/store/store.ts";
import { activityOf, backend, node, observed } from "../../tests/support/screens/fixtures.ts";
import { activityOn, at } from "../../tests/support/screens/screens.tsx";
import { median } from "../median.ts";
import type { KeyLatency } from "./key-latency.ts";

const presses = 60;

/**
 * Moves the cursor through a table of so many rows. No server has ten thousand sessions here, so the screen is drawn
 * in this process, and each time as a whole: the program itself draws only what has changed.
 */
export function measureLongTable(rows: number): KeyLatency {
  const store = openStore({ columns: 180, rows: 50, refreshMs: 1000, title: "long" });
  const sessions = Array.from({ length: rows }, (_, pid) => backend(pid + 1, { xact_seconds: pid % 977 }));
  const seen = observed([node("a")], undefined, activityOf({ a: sessions }));
  store.setState(({ screen }) => ({ observed: seen, screen: { ...screen, ...at(activityOn("a")) } }));
  const theme = makeTheme("dark", { color: true, ascii: false });
  // No key that is pressed here asks for more than the store.
  const context = { store } as Context;
  const draw = () => renderToString(<Screen state={store.getState()} theme={theme} />, { columns: 180 });
  draw();
  const latencies = Array.from({ length: presses }, (_, press) => {
    const pressedMs = performance.now();
    dispatch(context, press % 10 === 9 ? "pagedown" : "j");
    draw();
    return performance.now() - pressedMs;
  });
  return { median: median(latencies), worst: Math.max(...latencies) };
}
