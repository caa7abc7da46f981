import { describe, expect, test } from "bun:test";
import type { Command, CommanderError, Option } from "commander";
import { commandLine } from "../../src/cli/run.ts";
import { usageError } from "../../src/cli/usage-error.ts";

type Found = { readonly command: string; readonly flags: object; readonly operands: readonly string[] };

const path = (command: Command): string[] =>
  command.parent === null ? [] : [...path(command.parent), command.name()];
const leavesOf = (command: Command): readonly Command[] => [
  ...(command.commands.length === 0 || command.parent === null ? [command] : []),
  ...command.commands.flatMap(leavesOf),
];
const own = ({ options }: Command) => options.filter(({ hidden, long }) => !hidden && long !== "--version");
const everyCommand = leavesOf(commandLine(() => {})).map(path);
const everyOption = new Map(
  leavesOf(commandLine(() => {})).flatMap((command) =>
    own(command).map((option) => [option.long ?? "", option]),
  ),
);

/** What the command that runs is given, or why none does, which quotes no value. */
async function given(...args: readonly string[]): Promise<Found | string> {
  let found: Found | null = null;
  let told = "";
  const program = commandLine(() => {});
  for (const command of leavesOf(program)) {
    command.action(() => {
      found = { command: path(command).join(" "), flags: shown(command), operands: command.args };
    });
  }
  await program.parseAsync(args, { from: "user" }).catch((error: CommanderError) => {
    told = usageError(error, args, program);
  });
  return found ?? told;
}

/** Only what the command itself declares: what stands hidden on it belongs to others. */
function shown(command: Command): object {
  const names = own(command).map((option) => option.attributeName());
  return Object.fromEntries(names.map((name) => [name, command.getOptionValue(name)]));
}

function written(option: Option, value = option.argChoices?.at(-1) ?? "7"): readonly string[] {
  return option.required ? [option.long ?? "", value] : [option.long ?? ""];
}

describe.each(everyCommand.map((names) => [names.join(" ") || "the screen", names] as const))(
  "%s",
  (_, names) => {
    test.each([...everyOption.keys()])("%s counts on both sides of the name or is refused", async (long) => {
      const command = leavesOf(commandLine(() => {})).find((one) => path(one).join() === names.join());
      const taken = command && own(command).find((option) => option.long === long);
      const option = taken ?? everyOption.get(long);
      if (!option) throw new Error(`${long} is not declared`);
      const behind = await given(...names, ...written(option));
      const sides = names.map((_, at) => [...names.slice(0, at), ...written(option), ...names.slice(at)]);
      if (!taken) {
        for (const args of [...sides, [...names, ...written(option)]])
          expect(await given(...args)).toContain(long);
        return;
      }
      expect(behind).toMatchObject({
        command: names.join(" "),
        flags: { [option.attributeName()]: meaning(option) },
      });
      for (const args of sides) expect(await given(...args)).toEqual(behind);
      if (names.length > 0) expect(await given(...written(option), "--", ...names)).toEqual(behind);
    });
  },
);

function meaning(option: Option): unknown {
  if (Array.isArray(option.defaultValue)) return written(option).slice(1);
  return option.required ? written(option)[1] : !option.negate;
}

test("of an option on both sides the one that stands behind the name counts, as of one that is given twice", async () => {
  const flags = async (...args: readonly string[]) => Reflect.get(Object(await given(...args)), "flags");
  expect(await flags("--config", "a", "check", "--config=b")).toMatchObject({ config: "b" });
  expect(await flags("--config", "a", "--config", "b", "check")).toMatchObject({ config: "b" });
  expect(await flags("--config", "a", "config", "--config", "b", "path")).toMatchObject({ config: "b" });
  expect(await flags("--format", "json", "show", "fleet", "--format", "csv")).toMatchObject({
    format: "csv",
  });
});

test("an option that may be repeated keeps every value, from both sides", async () => {
  const kept = await given("--incident", "lag", "--incident=slot", "demo", "--incident", "failover");
  expect(kept).toMatchObject({ command: "demo", flags: { incident: ["lag", "slot", "failover"] } });
  expect(await given("--incident", "flood", "demo")).toContain("--incident wants one of lock-chain");
});

test("before the name a value is judged as behind it", async () => {
  expect(await given("--format", "csv", "check")).toContain("--format");
  expect(await given("--format", "text", "show")).toContain("--format");
  expect(await given("--config", "check")).toMatchObject({ command: "", flags: { config: "check" } });
  expect(await given("--ascii", "host=db1", "host=db2")).toMatchObject({
    operands: ["host=db1", "host=db2"],
  });
});

test("a command behind a TARGET is said to be in the wrong place", async () => {
  expect(await given("host=db1", "check")).toContain("check is a command");
  expect(await given("check", "host=db1", "demo")).toContain("demo is a command");
  expect(await given("config", "validate", "check")).toMatchObject({ operands: ["check"] });
});
