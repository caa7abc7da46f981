import type { UnknownHost, WantedSecret } from "../postgres/node-error.ts";

/** A line of what a test of a connection found out. The texts are as they came: not yet safe to draw. */
export type TestLine = {
  readonly label: string;
  readonly value: string;
  readonly meaning: "plain" | "ok" | "warning" | "critical";
};

/**
 * A test of one connection, from the key on. Nothing of it is kept. `id` tells it from earlier ones; `outdated` is one
 * of what stood on the form before it was changed.
 */
export type ConnectionTest = { readonly id: number; readonly outdated: boolean } & (
  | { readonly state: "running"; readonly sinceMs: number }
  /**
   * `top` is the first of the lines that is shown where not all have room, `wanted` what a key or an ssh host asked for
   * and nobody had, `unknownHost` one that nobody vouched for yet.
   */
  | {
      readonly state: "done";
      readonly lines: readonly TestLine[];
      readonly top: number;
      readonly wanted: WantedSecret | null;
      readonly unknownHost: UnknownHost | null;
    }
);

/** On the smallest screen each of two may take two rows. */
const stepLines = 2;

/** The test with its report scrolled by one of these chords; null for any other. */
export function scrolledTest(test: ConnectionTest | null, chord: string): ConnectionTest | null {
  const step = { pagedown: stepLines, "ctrl-f": stepLines, pageup: -stepLines, "ctrl-b": -stepLines }[chord];
  if (step === undefined || test?.state !== "done") return null;
  const top = Math.max(0, Math.min(test.top + step, test.lines.length - stepLines));
  return { ...test, top };
}
