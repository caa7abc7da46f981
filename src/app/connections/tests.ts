import type { NodeSettings } from "../../config/settings.ts";
import type { ConnectionManager } from "../../services/nodes/connection-manager.ts";
import type { ConnectionTest } from "../../store/connection-test.ts";
import { overlayIf } from "../../store/screen.ts";
import { type Store, updateScreen } from "../../store/store.ts";
import { serverOf } from "./list.ts";
import { hostLines, reportLines } from "./report.ts";

/** The test that a form or the list of connections shows: one at a time, the newest one. */
export class ConnectionTests {
  readonly #manager: ConnectionManager;
  readonly #store: Store;
  #running = new AbortController();
  #id = 0;

  constructor(manager: ConnectionManager, store: Store) {
    this.#manager = manager;
    this.#store = store;
  }

  /** Logs in to each of these once; the report comes where the test was asked for, if that is still open. */
  async start(nodes: readonly NodeSettings[]): Promise<void> {
    this.stop();
    this.#running = new AbortController();
    this.#id += 1;
    const id = this.#id;
    this.#show({ id, outdated: false, state: "running", sinceMs: performance.now() });
    const { signal } = this.#running;
    const reports = await Promise.all(
      nodes.map(async (node) => ({
        server: serverOf(node.connection),
        report: await this.#manager.test(node, signal),
      })),
    );
    const [first] = reports;
    if (id !== this.#id || !first) return;
    const lines = reports.length === 1 ? reportLines(first.report) : reports.flatMap(hostLines);
    const errors = reports.flatMap(({ report }) => (report.ok ? [] : report.error));
    const wanted = errors.find((error) => error.wantedSecret)?.wantedSecret ?? null;
    const unknownHost = errors.find((error) => error.unknownHost)?.unknownHost ?? null;
    this.#show({ id, outdated: false, state: "done", lines, top: 0, wanted, unknownHost });
  }

  /** Ends the test that runs; nobody waits for its report any more. */
  stop(): void {
    this.#running.abort();
    this.#id += 1;
  }

  #show(test: ConnectionTest): void {
    updateScreen(this.#store, (screen) => {
      const overlay = overlayIf(screen, "connection") ?? overlayIf(screen, "connection-test");
      if (!overlay) return screen;
      const outdated = overlay.test?.id === test.id && overlay.test.outdated;
      return { ...screen, overlay: { ...overlay, test: { ...test, outdated } } };
    });
  }
}
