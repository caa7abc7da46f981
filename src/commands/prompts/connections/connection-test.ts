import { scrolledTest } from "../../../store/connection-test.ts";
import { closed, type TestOverlay } from "../../../store/screen.ts";
import { updateScreen } from "../../../store/store.ts";
import type { Context } from "../../command.ts";
import { promptOver, questionOver } from "../../login.ts";
import { choice, definePrompt, type PromptKey } from "../prompt.ts";

/** The keys for what a test found wanting: a passphrase, or an ssh host that is not known. */
export function wantedKeys<O extends TestOverlay>(
  secret: string,
  host: string,
  when: (overlay: O) => boolean,
): readonly PromptKey<O>[] {
  return [
    {
      keys: [secret],
      does: (overlay) => `type the ${promptOver(overlay)?.wanted?.kind ?? "secret"}`,
      when: (overlay) => when(overlay) && promptOver(overlay) !== null,
      run: ({ store }, overlay) =>
        updateScreen(store, (screen) => ({ ...screen, overlay: promptOver(overlay) })),
    },
    {
      keys: [host],
      does: "trust host",
      when: (overlay) => when(overlay) && questionOver(overlay) !== null,
      run: ({ store }, overlay) =>
        updateScreen(store, (screen) => ({ ...screen, overlay: questionOver(overlay) })),
    },
  ];
}

/** The keys that scroll the report of a test. */
export const scrollKeys = ["pagedown", "ctrl-f", "pageup", "ctrl-b"] as const;

/** Scrolls the report of a test. */
export function scrollTest({ store }: Context, overlay: TestOverlay, chord: string): void {
  const test = scrolledTest(overlay.test, chord);
  if (test) updateScreen(store, (screen) => ({ ...screen, overlay: { ...overlay, test } }));
}

function close({ store, actions }: Context): void {
  actions.connections.stopTest();
  updateScreen(store, closed);
}

/** The report of a test of one node. */
export const connectionTest = definePrompt<"connection-test">({
  kind: "connection-test",
  focus: choice,
  keys: [
    ...wantedKeys("p", "T", () => true),
    { keys: ["t"], does: "test again", run: ({ actions }, { node }) => actions.connections.test(node) },
    { keys: ["escape"], does: "close", run: close },
    { keys: ["enter"], does: null, run: close },
    { keys: scrollKeys, does: null, run: scrollTest },
  ],
});
