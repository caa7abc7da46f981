import type { OverlayOf } from "../../store/screen.ts";
import { updateScreen } from "../../store/store.ts";
import { actionNamed } from "../actions/all.ts";
import { asProduction } from "../actions/signal-question.ts";
import type { Context } from "../command.ts";
import { close, ifTyped, scrolling, stay, typeWord } from "./answering.ts";
import { definePrompt, longestSearch } from "./prompt.ts";

type Open = OverlayOf<"action">;

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

const performIfTyped = ifTyped(({ question }: Open) => question.word, perform, "the name is wrong");

/** Reasons stand below the list, and of one session more lines than fit on a low screen. */
function mostLines({ question: { about, leftOut }, results }: Open): number {
  const others = about.length === 1 ? linesOfOne : leftOut.length + results.length;
  return about.length + others - 1;
}

const linesOfOne = 16;
const page = 10;
const does = ({ action: name }: Open) => actionNamed(name)?.does ?? "yes";

/** Asks before an action, where every key but y is a no, and then shows what became of each target. */
export const action = definePrompt<"action">({
  kind: "action",
  focus: (overlay) => (isTyped(overlay) ? "text" : "choice"),
  asked: (overlay) => (isAsking(overlay) ? overlay.question : null),
  keys: [
    { keys: ["y"], does, when: (overlay) => isAsking(overlay) && !isTyped(overlay), run: perform },
    { keys: ["enter"], does, when: isTyped, run: performIfTyped },
    { keys: ["escape"], does: ({ stage }) => (stage === "asking" ? "no" : "close"), run: close },
    { keys: ["enter"], does: null, when: (overlay) => !isAsking(overlay), run: close },
    ...scrolling(mostLines, page),
  ],
  typed: ({ typed }) => typed,
  longest: longestSearch,
  type: typeWord,
  otherwise: (context, overlay) => (isAsking(overlay) ? close(context) : stay("the result")(context)),
});
