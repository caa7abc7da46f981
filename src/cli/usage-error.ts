import type { Command, CommanderError } from "commander";

const choicesAre = "Allowed choices are ";

/**
 * What is wrong with a command line, without any value of it: one in the wrong place may be a password. The place says
 * which argument is meant; the words quoted are our own options and commands.
 */
export function usageError(
  { code, message }: CommanderError,
  args: readonly string[],
  root: Command,
): string {
  switch (code) {
    case "commander.unknownOption": {
      const quoted = (arg: string) => message.startsWith(`error: unknown option '${arg}'`);
      const own = optionsOf(root).find(({ long }) => long && args.find(quoted)?.split("=")[0] === long);
      if (own) return `${own.long} is an option of another command`;
      return `unknown option${placeOf(args.findIndex(quoted))}${suggestion(message, root)}`;
    }
    case "commander.unknownCommand": {
      const quoted = (arg: string) => message.startsWith(`error: unknown command '${arg}'`);
      return `unknown command${placeOf(args.findIndex(quoted))}${suggestion(message, root)}`;
    }
    case "commander.excessArguments":
      return message.replace(/^error: /, "").replace(/(but got \d+): .*$/s, "$1");
    case "commander.invalidArgument": {
      const option = optionsOf(root).find(({ flags }) => message.startsWith(`error: option '${flags}' `));
      const choices = message.slice(message.lastIndexOf(choicesAre) + choicesAre.length, -1);
      const areOurs = optionsOf(root).some(({ argChoices }) => argChoices?.join(", ") === choices);
      return `${option?.long ?? "an option"} wants ${areOurs ? `one of ${choices}` : "another value"}`;
    }
    // These name our own options, commands and arguments alone.
    case "commander.error":
    case "commander.optionMissingArgument":
    case "commander.missingArgument":
      return message.replace(/^error: /, "");
    default:
      return "the command line is wrong";
  }
}

function placeOf(index: number): string {
  return index < 0 ? "" : ` (argument ${index + 1})`;
}

/** The parser's own suggestion, if it is made of our words alone. */
function suggestion(message: string, root: Command): string {
  const found = /\n(\(Did you mean (?:one of )?([^()]+)\?\))$/.exec(message);
  const words = found?.[2]?.split(", ") ?? [];
  const known = [...optionsOf(root).map(({ long }) => long), ...commandsOf(root).map((one) => one.name())];
  return found && words.every((word) => known.includes(word)) ? `\n${found[1]}` : "";
}

function commandsOf(root: Command): readonly Command[] {
  return [root, ...root.commands.flatMap(commandsOf)];
}

function optionsOf(root: Command) {
  return commandsOf(root).flatMap(({ options }) => options);
}
