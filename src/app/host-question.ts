import { withQuestion } from "../commands/login.ts";
import type { UnknownHost } from "../postgres/node-error.ts";
import { type Store, updateScreen } from "../store/store.ts";

/**
 * Asks of each ssh host that is not known once by itself, however many nodes are behind it, and never over something
 * that is typed or read just now: the node keeps saying so, and its key asks again.
 */
export function hostQuestions(store: Store): (host: UnknownHost | undefined) => void {
  const asked = new Set<string>();
  return (host) => {
    if (!host || asked.has(host.key) || store.getState().screen.overlay) return;
    asked.add(host.key);
    updateScreen(store, (screen) => withQuestion(screen, host));
  };
}
