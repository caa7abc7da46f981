import { renderToString } from "ink";
import { Screen } from "../src/components/App.tsx";
import { makeTheme } from "../src/components/drawing/theme.ts";
import { type Place, spotAt } from "../src/store/screen.ts";
import type { Observed, State } from "../src/store/store.ts";
import { anchored } from "../src/text/cells.ts";
import { allMarked, asking } from "../tests/support/screens/action-fixtures.ts";
import { listed } from "../tests/support/screens/connection-fixtures.ts";
import { stateOf } from "../tests/support/screens/fixtures.ts";
import { badDay } from "../tests/support/screens/fleet-fixtures.ts";
import { lockChain } from "../tests/support/screens/incident-fixtures.ts";
import { drawText, picture } from "./picture.ts";

type Drawn = {
  readonly seen: Observed;
  readonly place: Place;
  readonly rows?: number;
  /** The action whose question about all rows stands over the place. */
  readonly asks?: string;
};

const columns = 132;
const everywhere = { kind: "all" } as const;
const drawings: Readonly<Record<string, Drawn>> = {
  fleet: { seen: badDay, place: { kind: "fleet" } },
  activity: {
    seen: badDay,
    place: { kind: "view", view: "activity", scope: { kind: "cluster", cluster: "orders" } },
  },
  node: { seen: badDay, place: { kind: "node", node: "orders-3" } },
  connections: { seen: badDay, place: { kind: "connections" } },
  terminate: {
    seen: badDay,
    place: { kind: "view", view: "activity", scope: everywhere },
    rows: 15,
    asks: "terminate",
  },
  "incident-fleet": { seen: lockChain, place: { kind: "fleet" }, rows: 17 },
  "incident-alerts": {
    seen: lockChain,
    place: { kind: "view", view: "alerts", scope: everywhere },
    rows: 15,
  },
  "incident-locks": { seen: lockChain, place: { kind: "view", view: "locks", scope: everywhere }, rows: 34 },
};

function questioned(state: State, action: string): State {
  const marked = allMarked(state);
  return { ...marked, screen: { ...marked.screen, overlay: asking(marked, action) } };
}

/** The pictures of README and docs by path, drawn from the fixtures of the screen tests, so that they cannot lie. */
export async function pictures(): Promise<Record<string, string>> {
  const theme = makeTheme("dark", { color: true, ascii: false });
  const drawn = Object.entries(drawings).map(async ([name, { seen, place, rows = 21, asks }]) => {
    const state = stateOf(seen, { columns, rows, stack: [spotAt(place)], connections: listed });
    const shown = asks === undefined ? state : questioned(state, asks);
    const text = renderToString(<Screen state={shown} theme={theme} />, { columns });
    const cells = await drawText(anchored(text), columns, rows);
    return [`docs/pictures/${name}.svg`, picture(cells, { title: "pgparade" })] as const;
  });
  return Object.fromEntries(await Promise.all(drawn));
}
