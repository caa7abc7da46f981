import { closed, type OverlayOf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { actionNamed } from "../actions/all.ts";
import { asProduction } from "../actions/signal-question.ts";
import type { Context } from "../command.ts";
import { edited } from "../edit.ts";
import { definePrompt, longestSearch } from "./prompt.ts";

type Open = OverlayOf<"action">;

const close = ({ store }: Context) => updateScreen(store, closed);
const isAsking = ({ stage }: Open) => stage === "asking";
const isTyped = ({ stage, question }: Open) => stage === "asking" && question.word !== null;

/** A yes counts for what was asked. Where the config has made a node production since, it is asked again. */
function perform(context: Context, overlay: Open): void {
  const { store } = context;
  const question = asProduction(overlay.question, store.getState());
  if (question === null) actionNamed(overlay.action)?.perform(context, overlay.targets);
  else
    updateScreen(store, (screen) => ({
      ...screen,
      overlay: { ...overlay, question, typed: "" },
      notice: `it is production now, nothing was sent: type ${question.word}, or press Esc`,
    }));
}

/** The name is typed as it is shown: case counts, blanks around it do not. */
function performIfTyped(context: Context, overlay: Open): void {
  const { word } = overlay.question;
  if (overlay.typed.trim() === word) perform(context, overlay);
  else {
    const typeIt = `type ${word}, or press Esc`;
    const notice = overlay.typed === "" ? typeIt : `the name is wrong: ${typeIt}`;
    updateScreen(context.store, (screen) => ({ ...screen, notice }));
  }
}

const scroll =
  (distance: number) =>
  ({ store }: Context, overlay: Open) =>
    updateScreen(store, (screen) => {
      const { about, leftOut } = overlay.question;
      // Reasons stand below the list, and of one session more lines than fit on a low screen.
      const others = about.length === 1 ? linesOfOne : leftOut.length + overlay.results.length;
      const most = about.length + others - 1;
      const top = Math.max(0, Math.min(overlay.top + distance, most));
      return { ...screen, overlay: { ...overlay, top } };
    });

const linesOfOne = 16;
const page = 10;

/** A key that was typed ahead was meant for the screen below, as it was: it neither acts there nor hides a result. */
const stay = ({ store }: Context) =>
  updateScreen(store, (screen) => ({ ...screen, notice: "Esc closes the result first" }));

/** Asks before an action, where every key but y is a no, and then shows what became of each target. */
export const action = definePrompt<"action">({
  kind: "action",
  focus: (overlay) => (isTyped(overlay) ? "text" : "choice"),
  asked: (overlay) => (isAsking(overlay) ? overlay.question : null),
  keys: [
    {
      keys: ["y"],
      does: ({ action }) => actionNamed(action)?.does ?? "yes",
      when: (overlay) => isAsking(overlay) && !isTyped(overlay),
      run: perform,
    },
    {
      keys: ["enter"],
      does: ({ action }) => actionNamed(action)?.does ?? "yes",
      when: isTyped,
      run: performIfTyped,
    },
    { keys: ["escape"], does: ({ stage }) => (stage === "asking" ? "no" : "close"), run: close },
    { keys: ["enter"], does: null, when: (overlay) => !isAsking(overlay), run: close },
    { keys: ["down"], does: null, run: scroll(1) },
    { keys: ["up"], does: null, run: scroll(-1) },
    { keys: ["pagedown"], does: null, run: scroll(page) },
    { keys: ["pageup"], does: null, run: scroll(-page) },
  ],
  typed: ({ typed }) => typed,
  longest: longestSearch,
  type: ({ store }, overlay, typed) =>
    updateScreen(store, (screen) => ({
      ...screen,
      overlay: { ...overlay, typed: edited(overlay.typed, typed) },
    })),
  otherwise: (context, overlay) => (isAsking(overlay) ? close(context) : stay(context)),
});
