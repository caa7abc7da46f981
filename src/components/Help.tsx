import { commands } from "../commands/all.ts";
import type { Command } from "../commands/command.ts";
import { fit } from "../postgres/text.ts";
import type { BodyProps } from "./body.ts";
import { Lines } from "./Lines.tsx";
import type { Theme } from "./theme.ts";

const sections = [
  "navigation",
  "view",
  "nodes",
  "application",
] as const satisfies readonly Command["section"][];

/** What every key does on this screen, read from the commands themselves. */
export function Help({ state, theme, width, height }: BodyProps) {
  const here = commands.filter((command) => command.when?.(state) ?? true);
  const lines = sections.flatMap((section) => {
    const inSection = here.filter(
      (command) => command.section === section && !/^node-[2-9]$/.test(command.name),
    );
    return inSection.length === 0
      ? []
      : [
          theme.paint("heading", section.toUpperCase()),
          ...inSection.map((command) => lineOf(command, theme)),
          "",
        ];
  });
  const legend = [
    theme.paint("heading", "SIGNS"),
    `${theme.glyphs.connected} up   ${theme.glyphs.warning} warning   ${theme.glyphs.error} down or critical   ${theme.glyphs.stale} stale`,
    `${theme.glyphs.connecting} connecting   ${theme.glyphs.disconnected} disconnected   ${theme.glyphs.unknown} not known`,
    "",
    theme.paint("muted", "any key closes this"),
  ];
  const all = [...lines, ...legend];
  // Two columns where one would not fit.
  if (all.length <= height) return <Lines lines={all.map((line) => `  ${line}`)} height={height} />;
  const half = Math.floor((width - 2) / 2);
  const rows = Array.from({ length: height }, (_, at) => {
    const [left, right] = [all[at] ?? "", all[at + height] ?? ""];
    return `  ${padded(left, half)}${right}`;
  });
  return <Lines lines={rows} height={height} />;
}

function lineOf(command: Command, theme: Theme): string {
  const keys = command.name === "node-1" ? "1-9" : command.keys.map((key) => keyName(key, theme)).join(" ");
  const title = command.name === "node-1" ? "Node by its number in fleet order" : command.title;
  return `${theme.paint("strong", fit(keys, 14))} ${title}`;
}

/** A chord as it stands on a keyboard. */
export function keyName(chord: string, theme: Theme): string {
  const names: Readonly<Record<string, string>> = {
    enter: theme.glyphs.enter,
    escape: "Esc",
    tab: "Tab",
    "shift-tab": "S-Tab",
    pageup: "PgUp",
    pagedown: "PgDn",
    home: "Home",
    end: "End",
    up: theme.ascii ? "Up" : "↑",
    down: theme.ascii ? "Down" : "↓",
    left: theme.ascii ? "Left" : "←",
    right: theme.ascii ? "Right" : "→",
  };
  return names[chord] ?? chord.replace(/^ctrl-/, "^");
}

function padded(text: string, cells: number): string {
  return Bun.stringWidth(text) > cells
    ? `${Bun.sliceAnsi(text, 0, cells - 1)} `
    : text + " ".repeat(cells - Bun.stringWidth(text));
}
