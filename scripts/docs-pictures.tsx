import { renderToString } from "ink";
import { Screen } from "../src/components/App.tsx";
import { makeTheme } from "../src/components/drawing/theme.ts";
import { type Place, spotAt } from "../src/store/screen.ts";
import { anchored } from "../src/text/cells.ts";
import { listed } from "../tests/support/screens/connection-fixtures.ts";
import { stateOf } from "../tests/support/screens/fixtures.ts";
import { badDay } from "../tests/support/screens/fleet-fixtures.ts";
import { drawText, picture } from "./picture.ts";

const size = { columns: 132, rows: 21 };
const places: Readonly<Record<string, Place>> = {
  fleet: { kind: "fleet" },
  activity: { kind: "view", view: "activity", scope: { kind: "cluster", cluster: "orders" } },
  node: { kind: "node", node: "orders-3" },
  connections: { kind: "connections" },
};

/** The pictures of README and docs by path, drawn from the fixtures of the screen tests, so that they cannot lie. */
export async function pictures(): Promise<Record<string, string>> {
  const theme = makeTheme("dark", { color: true, ascii: false });
  const drawn = Object.entries(places).map(async ([name, place]) => {
    const state = stateOf(badDay, { ...size, stack: [spotAt(place)], connections: listed });
    const text = renderToString(<Screen state={state} theme={theme} />, { columns: size.columns });
    const cells = await drawText(anchored(text), size.columns, size.rows);
    return [`docs/pictures/${name}.svg`, picture(cells, { title: "pgparade" })] as const;
  });
  return Object.fromEntries(await Promise.all(drawn));
}
