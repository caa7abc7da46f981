import { EventEmitter } from "node:events";
import { type Command, Option } from "commander";

/**
 * Lets every option of a subcommand stand before the subcommand's name too. Each group takes the options of all
 * commands below it, hidden from its help, and hands those that were given on to the subcommand, where one that stands
 * behind the name goes before it. An option that the subcommand does not have is refused: without it another server
 * might be judged than the one that was meant. Call it when all commands are declared.
 */
export function takeOptionsOnBothSides(group: Command): void {
  for (const command of group.commands) takeOptionsOnBothSides(command);
  if (group.commands.length === 0) return;
  for (const { flags, long, defaultValue } of group.commands.flatMap(({ options }) => options)) {
    if (has(group, long)) continue;
    const option = new Option(flags).hideHelp();
    if (Array.isArray(defaultValue)) option.default([]).argParser(collect);
    group.addOption(option);
  }
  const given = () =>
    group.options.filter((option) => group.getOptionValueSource(option.attributeName()) === "cli");
  group.hook("preSubcommand", (_, command) => {
    for (const option of given()) {
      if (!has(command, option.long)) refuse(command, option);
      const value: unknown = group.getOptionValue(option.attributeName());
      give(command, option, value);
    }
  });
  group.hook("preAction", (_, command) => {
    const foreign = command === group ? given().find(({ hidden }) => hidden) : undefined;
    if (foreign) refuse(command, foreign);
    // No TARGET is a single word: the program's name was meant to be followed by it.
    const word = group.commands.find((one) => command.args.includes(one.name()))?.name();
    if (word !== undefined && group.parent === null && command.registeredArguments.at(-1)?.variadic)
      command.error(`error: ${word} is a command: it goes before TARGETs and views`);
  });
}

/** One that may be repeated has a list as its default, and is handed on as often as it was given. */
function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** As commander does when it meets the option itself, which judges the value too. Its types leave the emitter out. */
function give(command: Command, option: Option, value: unknown): void {
  if (!(command instanceof EventEmitter)) throw new TypeError("commander's commands emit their options");
  for (const one of Array.isArray(value) ? value : [value])
    command.emit(`option:${option.name()}`, option.required || option.optional ? one : undefined);
}

function has({ options }: Command, long: string | undefined): boolean {
  return options.some((option) => option.long === long);
}

function refuse(command: Command, { long }: Option): never {
  const takers = everyCommand(root(command)).filter(
    (one) => one !== command && one.options.some((option) => option.long === long && !option.hidden),
  );
  const names = takers.map(path).join(", ");
  return command.error(`error: ${long} cannot apply to ${path(command)}; it is an option of ${names}`);
}

function root(command: Command): Command {
  return command.parent === null ? command : root(command.parent);
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function path(command: Command): string {
  return command.parent === null ? command.name() : `${path(command.parent)} ${command.name()}`;
}
