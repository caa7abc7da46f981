/** Config files as people write them: with these names, in styles that `pick` chooses. */
const names = ["a", "b-1", "c d", "x.y", "2", "true", "n: o", "- z", "#h"];

export type Pick = <T>(choices: readonly [T, ...T[]]) => T;

/** Picks by a seed, the same for the same seed (a linear congruential generator). */
export function picking(seed: number): Pick {
  let state = seed;
  return (choices) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return choices[(state >>> 8) % choices.length] ?? choices[0];
  };
}

export function randomFile(pick: Pick): string {
  const [step, blank] = [pick(["  ", "    "]), pick(["", "\n"])];
  const comment = () => pick(["", "", `  # why ${pick([1, 2, 3])}`]);
  const fields = () =>
    [
      "host: h",
      "port: 5433",
      "database: 'd'",
      "user: u # who",
      `group: g${pick([0, 1])}`,
      "pool: { max: 1 }",
      "colour: red",
      "production: true",
      "password_env: PW",
    ].filter(() => pick([true, false]));
  const node = () => {
    const lines = fields().map((field) => `${pick(["", `${step}${step}# above\n`])}${step}${step}${field}\n`);
    const block = lines.length === 0 ? " {}\n" : `${comment()}\n${lines.join("")}`;
    return pick([
      block,
      block,
      ` postgresql://u:p%20w@h/d?sslmode=require${comment()}\n`,
      ` "host=h user=u password='p w'"${comment()}\n`,
      ` { host: h, port: 5433${pick(["", ", group: g1"])} }${comment()}\n`,
    ]);
  };
  const key = (name: string) => (/^[a-z][\w.-]*$/.test(name) && name !== "true" ? name : `"${name}"`);
  const nodes = names.filter(() => pick([true, true, false]));
  const listed = nodes.filter(() => pick([true, false, false])).map((name) => `"${name}"`);
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? "" : `${blank}${name}:${comment()}\n${lines.join("")}`;
  const list = pick([
    ` [${listed.join(", ")}]${comment()}\n`,
    `\n${listed.map((name) => `${step}${step}${step}- ${name}\n`).join("")}`,
  ]);
  const text = [
    pick(["", "# top\n", "---\n", "refresh: 2s  # often\n"]),
    nodes.length === 0 ? `${blank}nodes: {}${comment()}\n` : "",
    section(
      "nodes",
      nodes.map(
        (name) =>
          `${pick(["", "", `${step}# about it\n`])}${step}${key(name)}:${node()}${pick(["", "", blank])}`,
      ),
    ),
    section("clusters", listed.length === 0 ? [] : [`${step}main:\n${step}${step}nodes:${list}`]),
    section("groups", pick([[], [`${step}g1: { colour: red }${comment()}\n`, `${step}g0: {}\n`]])),
    pick(["", "# end\n", "# end"]),
  ].join("");
  return pick([text, text, text.replaceAll("\n", "\r\n")]);
}
