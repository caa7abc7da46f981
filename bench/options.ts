import { parseArgs } from "node:util";

export type Options = {
  /** Length of the window in which a running program is observed. */
  readonly windowMs: number;
  /** How long a program settles before the window begins. */
  readonly warmUpMs: number;
  /** How often each measurement starts the program; the median counts. */
  readonly starts: number;
  /** How many of those are observed for a whole window. */
  readonly windows: number;
  /** Key presses measured in each run. */
  readonly keys: number;
  /** How long the memory of 20 watched nodes is observed. */
  readonly soakMs: number;
  /** Measure the big server alone: some minutes instead of half an hour. */
  readonly onlyBig: boolean;
  /** Keep the figures in RESULTS.md; those of a quick look are not worth it. */
  readonly writes: boolean;
};

export const usage = `bun run bench [options]

  --quick          short windows and few starts, nothing written: shows that all runs, not how well
  --seconds N      length of each observed window (30)
  --starts N       starts of the program for each measurement; the median counts (5)
  --windows N      how many of them are observed for a whole window (3)
  --soak MINUTES   how long memory is observed (2; the target is meant for 10)
  --big            only the server with 10,000 tables and 200 databases, and its section of the page
  --help           this text`;

/** Reads the command line. Null when only the help is wanted; throws on an option that does not exist. */
export function readOptions(args: readonly string[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      seconds: { type: "string" },
      starts: { type: "string" },
      windows: { type: "string" },
      soak: { type: "string" },
      big: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  const windowMs = 1000 * positive("--seconds", values.seconds, quick ? 6 : 30);
  return {
    windowMs,
    warmUpMs: quick ? 1500 : 3000,
    starts: positive("--starts", values.starts, quick ? 2 : 5),
    windows: positive("--windows", values.windows, quick ? 1 : 3),
    keys: 20,
    soakMs: 60_000 * positive("--soak", values.soak, quick ? 0.25 : 2),
    onlyBig: values.big,
    writes: !quick,
  };
}

function positive(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${option} wants a number above 0, not "${text}"`);
  return value;
}
