import { commands } from "../../commands/all.ts";
import { applies, type Command } from "../../commands/command.ts";
import { parseFilter } from "../../stats/rows.ts";
import { filtersHere, viewHere } from "../../store/on-screen.ts";
import type { OverlayOf } from "../../store/screen.ts";
import { width as widthOf } from "../../text/cells.ts";
import { joined, type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { fit, safeText } from "../../text/text.ts";
import { wrapped } from "../../text/wrapped.ts";
import { viewNamed } from "../../views/all.ts";
import type { Kind } from "../../views/columns.ts";
import type { BodyProps } from "../drawing/body.ts";
import { keyName } from "../drawing/key-name.ts";
import { padded } from "../drawing/line.ts";
import type { Theme } from "../drawing/theme.ts";

const sections = [
  "navigation",
  "view",
  "nodes",
  "actions",
  "connections",
  "application",
] as const satisfies readonly Command["section"][];

/** Cells of what is explained, unless one needs more. */
const leastCells = 9;
const mostCells = 20;
/** Below this an explanation is a tower of words. */
const narrowest = 52;

type Entry =
  | { readonly heading: string }
  | { readonly keys: SafeText; readonly title: SafeText; readonly cells: number }
  | "blank";

type Props = BodyProps & { readonly overlay: OverlayOf<"help"> };

/**
 * What every key does on this screen, read from the commands themselves, how a filter is written and what the columns say: in
 * as many columns and pages as are needed.
 */
export function Help({ overlay, ...props }: Props) {
  const { state, theme, width, height } = props;
  const here = commands.filter((command) => applies(command, state));
  const most = Math.max(1, Math.floor((width - 2) / narrowest));
  const finds = finding(overlay.filter);
  const parts = [
    ...sections.map((section) => ({
      heading: section.toUpperCase(),
      things: sectionOf(section, here, theme),
    })),
    { heading: "FILTER", things: filtersHere(state) ? syntaxOf(viewHere(state)) : [] },
    { heading: "COLUMNS", things: columnsOf(viewHere(state)) },
  ].map(({ heading, things }) => ({
    heading,
    things: things.filter(([what, means, ...names]) => finds(heading, [what, ...names].join(" "), means)),
  }));
  const signs = legend(theme).filter((text) => finds("", "", text));
  const none = safe`nothing matches /${safeText(overlay.filter, 40, theme.glyphs.ellipsis)}; Esc shows all again`;
  const isNone = signs.length === 0 && parts.every(({ things }) => things.length === 0);
  const textAt = (cells: number) => [
    ...parts.flatMap(({ heading, things }) => explained(heading, things, cells)),
    ...(isNone ? [none] : signs).flatMap((text) => wrapped(text, cells)),
  ];
  const cellsOf = (count: number) => Math.floor((width - 2) / count);
  const counts = Array.from({ length: most }, (_, at) => at + 1);
  const fitting = counts.find((count) => textAt(cellsOf(count) - 1).length <= count * height);
  const isOne = fitting !== undefined;
  const count = fitting ?? most;
  const cells = cellsOf(count);
  const entries = textAt(cells - 1);
  // The last row says which page this is.
  const rows = isOne ? height : height - 1;
  const onPage = count * rows;
  const pages = Math.ceil(entries.length / onPage);
  const page = ((overlay.page % pages) + pages) % pages;
  const drawn = entries
    .map((entry) => draw(entry, cells - 1, theme))
    .slice(page * onPage, (page + 1) * onPage);
  const lines = Array.from({ length: rows }, (_, at) => {
    const line = Array.from({ length: count }, (_, column) => drawn[column * rows + at] ?? safe``);
    return safe`  ${joined(line.map((text) => padded(text, cells)))}`;
  });
  const leaving = overlay.filter === "" ? safe`Esc closes this` : safe`Esc shows all again`;
  const foot = theme.paint(
    "accent",
    safe`  page ${page + 1} of ${pages}: space and arrows turn it, ${leaving}`,
  );
  return <props.Lines {...props} lines={isOne ? lines : [...lines, foot]} />;
}

/** Things with what they mean, and other names that they are found by. */
type Explained = readonly (readonly [what: SafeText, means: SafeText, ...names: string[]])[];

const searched = ["section", "keys", "means"].map((key) => ({ key, header: key, kind: "text" }));

/** Whether a filter as that of a table finds a line; what is none, such as the key `>`, is looked for as it is. */
function finding(filter: string): (section: string, keys: string, means: string) => boolean {
  const parsed = parseFilter(filter, searched);
  const plain = filter.trim().toLowerCase();
  return (section, keys, means) =>
    parsed.ok
      ? parsed.filter({ section, keys, means }, (row, key) => String(row[key]))
      : `${section} ${keys} ${means}`.toLowerCase().includes(plain);
}

/** How a filter is written, by examples, in columns that the view has. */
function syntaxOf(name: string | null): Explained {
  const view = name === null ? undefined : viewNamed(name);
  const columns = Object.values(view?.columns ?? {}).filter(({ hidden }) => !hidden);
  const column = (wanted: Kind) => {
    const header = columns.find(({ kind }) => kind === wanted)?.header;
    return header && { header: safeText(header), typed: safeText(header.toLowerCase().replaceAll(" ", "_")) };
  };
  const example = (kind: Kind, of: (typed: SafeText, header: SafeText) => Explained[number]): Explained => {
    const found = column(kind);
    return found ? [of(found.typed, found.header)] : [];
  };
  const duration = view?.duration === undefined ? undefined : view.columns[view.duration]?.header;
  const longer: Explained =
    duration === undefined
      ? []
      : [[safe`>5s`, safe`${safeText(duration)} longer than 5 s: a minimum duration`]];
  return [
    ...words,
    ...example("text", (typed) => [safe`${typed}:app`, safe`in this column; ${typed}=app is all of it`]),
    ...longer,
    ...example("seconds", (typed) => [safe`${typed}>1min`, safe`compares a column`]),
    ...example("bytes", (typed) => [safe`${typed}<=1GB`, safe`the same of a size`]),
    ...example("epoch", (typed, header) => [safe`${typed}<5min`, safe`${header} less than 5 min ago`]),
    ...example("text", (typed) => [safe`${typed}:/a|b/`, safe`a regular expression in a column`]),
    ...patterns,
  ];
}

const words: Explained = [
  [safe`lock`, safe`this text in any column; of several words all`],
  [safe`!idle`, safe`not this; it stands before any form`],
];

const patterns: Explained = [
  [safe`/^or.*1$/`, safe`a regular expression`],
  [safe`~odr1`, safe`these letters in this order`],
  [safe`"a b"`, safe`text with blanks or signs in it`],
];

/** What the columns of the view on screen say. */
function columnsOf(view: string | null): Explained {
  const columns = Object.values((view !== null && viewNamed(view)?.columns) || {});
  return columns.flatMap(({ hidden, usual, header, about }) =>
    (hidden && usual === undefined) || about === undefined
      ? []
      : [[safeText(header), safeText(about)] as const],
  );
}

/** Things with what they mean, in as many lines as that takes. */
function explained(heading: string, things: Explained, narrow: number): Entry[] {
  if (things.length === 0) return [];
  const cells = Math.min(mostCells, Math.max(leastCells, ...things.map(([what]) => widthOf(what))));
  const lines = things.flatMap(([what, means]) =>
    wrapped(means, narrow - cells - 1).map((title, at) => ({ keys: at === 0 ? what : safe``, title, cells })),
  );
  return [{ heading }, ...lines, "blank"];
}

function sectionOf(section: Command["section"], here: readonly Command[], theme: Theme): Explained {
  const own = here.filter((command) => command.section === section && !/^node-[2-9]$/.test(command.name));
  return own.map((command): Explained[number] =>
    command.name === "node-1"
      ? [safe`1-9`, safe`Node by its number`]
      : [
          keysOf(command, theme),
          safeText(command.title),
          ...command.keys,
          command.name,
          ...(command.aliases ?? []),
        ],
  );
}

/** A command without a key is typed by its name. */
const keysOf = ({ keys, name }: Command, theme: Theme) =>
  keys.length === 0
    ? safe`:${safeText(name)}`
    : joined(
        keys.map((key) => keyName(key, theme)),
        safe` `,
      );

function legend({ glyphs }: Theme): SafeText[] {
  return [
    safe`${glyphs.connected} up  ${glyphs.warning} warning  ${glyphs.error} critical or down`,
    safe`${glyphs.stale} stale  ${glyphs.connecting} connecting  ${glyphs.disconnected} disconnected`,
    safe`${glyphs.unknown} unknown  ${glyphs.unjudged} up, not judged by every rule  Esc closes this`,
  ];
}

function draw(entry: Entry | SafeText, cells: number, theme: Theme): SafeText {
  if (entry === "blank") return safe``;
  if (typeof entry === "string") return fit(entry, cells, "left", theme.glyphs.ellipsis);
  if ("heading" in entry) return theme.paint("heading", safeText(entry.heading));
  const { ellipsis } = theme.glyphs;
  const keys = fit(entry.keys, entry.cells, "left", ellipsis);
  return safe`${theme.paint("strong", keys)} ${trimEnd(fit(entry.title, cells - entry.cells - 1, "left", ellipsis))}`;
}
