import { closed, type OverlayOf, withSpot } from "../../store/screen.ts";
import { updateLook, updateScreen } from "../../store/store.ts";
import { currentTable } from "../../store/table.ts";
import { choosable, moved, sparked, toggled, type ViewLook, widened } from "../../store/tables/looks.ts";
import { viewNamed } from "../../views/all.ts";
import { treeName, type View } from "../../views/view.ts";
import type { Context } from "../command.ts";
import { choice, definePrompt } from "./prompt.ts";

type Overlay = OverlayOf<"columns">;

/** Cells that a press widens a column by. */
const step = 4;

const lookOf = ({ store }: Context, { view }: Overlay): ViewLook => store.getState().looks[view] ?? {};

function go(context: Context, overlay: Overlay, index: number): void {
  const view = viewNamed(overlay.view);
  const last = view ? choosable(view, lookOf(context, overlay)).length - 1 : 0;
  const at = Math.max(0, Math.min(index, last));
  updateScreen(context.store, (screen) => ({ ...screen, overlay: { ...overlay, index: at } }));
}

/** Changes the look of the column under the cursor. */
const change =
  (by: (view: View, look: ViewLook, name: string) => ViewLook) =>
  (context: Context, overlay: Overlay): void => {
    const view = viewNamed(overlay.view);
    const look = lookOf(context, overlay);
    const [name] = (view && choosable(view, look)[overlay.index]) ?? [];
    if (view && name !== undefined) updateLook(context.store, overlay.view, () => by(view, look, name));
  };

function move(context: Context, overlay: Overlay, distance: number): void {
  change((view, look, name) => moved(view, look, name, distance))(context, overlay);
  go(context, overlay, overlay.index + distance);
}

function spark(context: Context, overlay: Overlay): void {
  const { store } = context;
  change((view, look, name) => {
    const next = sparked(view, look, name);
    if (next === null)
      updateScreen(store, (screen) => ({
        ...screen,
        notice: "this column has no numbers to draw over time",
      }));
    return next ?? look;
  })(context, overlay);
}

const moveBy = (further: string) => (context: Context, overlay: Overlay, chord: string) =>
  move(context, overlay, chord === further ? 1 : -1);

function widen(context: Context, overlay: Overlay, chord: string): void {
  const lines = currentTable(context.store.getState())?.lines ?? [];
  const cells = chord === "-" ? -step : step;
  change((view, look, name) => widened(view, look, name, cells, lines))(context, overlay);
}

/** A row is known by its name: without it nobody could tell the lines apart. */
function toggle(context: Context, overlay: Overlay): void {
  const { store } = context;
  change((view, look, name) => {
    if (name !== treeName(view)) return toggled(view, look, name);
    updateScreen(store, (screen) => ({ ...screen, notice: "a row is known by this column: it stays" }));
    return look;
  })(context, overlay);
}

/** The columns of a view: which are shown, in what order, and how wide. What is changed is kept. */
export const columns = definePrompt<"columns">({
  kind: "columns",
  focus: choice,
  keys: [
    {
      keys: ["up", "k"],
      does: null,
      run: (context, overlay) => go(context, overlay, overlay.index - 1),
    },
    {
      keys: ["down", "j"],
      does: null,
      run: (context, overlay) => go(context, overlay, overlay.index + 1),
    },
    { keys: ["home", "g"], does: null, run: (context, overlay) => go(context, overlay, 0) },
    {
      keys: ["end", "G"],
      does: null,
      run: (context, overlay) => go(context, overlay, Number.MAX_SAFE_INTEGER),
    },
    { keys: ["space"], does: "show", run: toggle },
    { keys: ["x"], does: null, run: toggle },
    { keys: ["K", "J"], does: "move", run: moveBy("J") },
    { keys: ["left", "right"], does: null, run: moveBy("right") },
    { keys: ["-", "+"], does: "width", run: widen },
    { keys: ["="], does: null, run: widen },
    { keys: ["s"], does: "sparkline", run: spark },
    {
      keys: ["r"],
      does: "reset",
      run: ({ store }, { view }) => {
        updateLook(store, view, () => ({}));
        const notice = "columns and order are the view's own again";
        updateScreen(store, (screen) => ({ ...withSpot(screen, { sortBy: null }), notice }));
      },
    },
    { keys: ["enter"], does: "keep", run: ({ store }) => updateScreen(store, closed) },
    {
      keys: ["escape"],
      does: "drop",
      run: ({ store }, { view, before }) => {
        updateLook(store, view, () => before);
        updateScreen(store, closed);
      },
    },
  ],
});
