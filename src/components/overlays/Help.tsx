import { commands } from "../../commands/all.ts";
import { applies, type Command } from "../../commands/command.ts";
import { width as cellsOf } from "../../text/cells.ts";
import { joined, type SafeText, safe, trimEnd } from "../../text/safe-text.ts";
import { fit, safeText } from "../../text/text.ts";
import type { BodyProps } from "../drawing/body.ts";
import { keyName } from "../drawing/key-name.ts";
import { Lines, padded } from "../drawing/Lines.tsx";
import type { Theme } from "../drawing/theme.ts";

const sections = [
  "navigation",
  "view",
  "nodes",
  "actions",
  "connections",
  "application",
] as const satisfies readonly Command["section"][];

const keyCells = 9;
const narrowest = 28;

type Entry = { readonly heading: string } | { readonly keys: SafeText; readonly title: SafeText } | "blank";

/** What every key does on this screen, read from the commands themselves, in as many columns as are needed. */
export function Help(props: BodyProps) {
  const { state, theme, width, height } = props;
  const here = commands.filter((command) => applies(command, state));
  const all = sections.flatMap((section) => sectionOf(section, here, theme));
  const signs = legend(theme);
  const most = Math.max(1, Math.floor((width - 2) / narrowest));
  const fits = (some: readonly Entry[]) => some.length + signs.length <= most * height;
  const entries = fits(all) ? all : tight(here, theme);
  const count = Math.min(most, Math.ceil((entries.length + signs.length) / height));
  const cells = Math.floor((width - 2) / count);
  const drawn = [
    ...entries.map((entry) => draw(entry, cells - 1, theme)),
    ...signs.map((text) => fit(text, cells - 1, "left", theme.glyphs.ellipsis)),
  ];
  const rows = Array.from({ length: height }, (_, at) => {
    const line = Array.from({ length: count }, (_, column) => drawn[column * height + at] ?? safe``);
    return safe`  ${joined(line.map((text) => padded(text, cells)))}`;
  });
  return <Lines {...props} lines={rows} />;
}

/** For the smallest terminals: no headings, and the keys that everybody tries by themselves last. */
function tight(here: readonly Command[], theme: Theme): Entry[] {
  const [navigation, ...others] = sections;
  return [...others, navigation]
    .flatMap((section) => sectionOf(section, here, theme))
    .filter((entry) => entry !== "blank" && !("heading" in entry));
}

function sectionOf(section: Command["section"], here: readonly Command[], theme: Theme): Entry[] {
  const own = here.filter((command) => command.section === section && !/^node-[2-9]$/.test(command.name));
  if (own.length === 0) return [];
  const lines = own.map((command) =>
    command.name === "node-1"
      ? { keys: safe`1-9`, title: safe`Node by its number in fleet order` }
      : { keys: keysOf(command, theme), title: safeText(command.title) },
  );
  return [{ heading: section.toUpperCase() }, ...lines, "blank"];
}

/** A command without a key is found by its name. */
const keysOf = ({ keys }: Command, theme: Theme) =>
  joined(
    (keys.length === 0 ? [":"] : keys).map((key) => keyName(key, theme)),
    safe` `,
  );

function legend({ glyphs }: Theme): SafeText[] {
  return [
    safe`${glyphs.connected} up  ${glyphs.warning} warning  ${glyphs.error} critical or down`,
    safe`${glyphs.stale} stale  ${glyphs.connecting} connecting  ${glyphs.disconnected} disconnected`,
    safe`${glyphs.unknown} unknown     any key closes this`,
  ];
}

function draw(entry: Entry, cells: number, theme: Theme): SafeText {
  if (entry === "blank") return safe``;
  if ("heading" in entry) return theme.paint("heading", safeText(entry.heading));
  const keys = fit(entry.keys, keyCells, "left", theme.glyphs.ellipsis);
  const room = cells - keyCells - 1;
  // The first half of a title says enough where the whole does not fit.
  const title = cellsOf(entry.title) <= room ? entry.title : safeText(entry.title.split(/[;:] /)[0] ?? "");
  return safe`${theme.paint("strong", keys)} ${trimEnd(fit(title, room, "left", theme.glyphs.ellipsis))}`;
}
