import { Command, CommanderError, Option } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { Flags } from "../config/settings.ts";
import type { IncidentName } from "../services/throwaway/incidents/all.ts";
import { takeOptionsOnBothSides } from "./both-sides.ts";
import { exitCodeAfter, print } from "./output.ts";

const usageExitCode = 3;

/** Reads the command line and runs the subcommand, which is loaded only then. Ends the process with its exit code. */
export async function run(args: readonly string[]): Promise<void> {
  let exitCode = 0;
  const program = commandLine((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    exitCode = error.exitCode === 0 ? 0 : usageExitCode;
    if (exitCode !== 0) {
      const { usageError } = await import("./usage-error.ts");
      console.error(`error: ${usageError(error, args, program)}\n(pgparade --help shows the options)`);
    }
  }
  process.exit(await exitCodeAfter(exitCode));
}

/**
 * Every command with the options that mean something to it; they may stand before or behind its name. `end` gets the
 * exit code of the one that runs.
 */
export function commandLine(end: (exitCode: number) => void): Command {
  const finish = (work: Promise<number>) => work.then(end);
  const program = withScreen(withLook(withNodes(new Command("pgparade"))))
    .description("Every PostgreSQL node of every cluster, live, on one terminal screen.")
    .version(packageJson.version, "-V, --version")
    .argument(
      "[target...]",
      'connection strings to watch instead of the config file: a URI or "host=… port=…"',
    )
    .exitOverride()
    // What the parser says of an error quotes the command line.
    .configureOutput({ writeOut: (text) => void print(text), outputError: () => {} })
    .enablePositionalOptions()
    .helpCommand(true)
    .action(async (targets: string[], flags: Flags) => {
      await refuseMistypedCommand(program, targets);
      const { watch } = await import("./watch.ts");
      await finish(watch(flags, targets));
    });
  withLook(withNodes(program.command("show")))
    .description("Print one sample of a view of all nodes; without a view, list the views.")
    .argument("[view]", "fleet, activity, …")
    .argument("[target...]", "connection strings instead of the config file")
    .addOption(
      new Option("--format <format>", "how to print it").choices(["table", "json", "csv"]).default("table"),
    )
    .option("--interval <time>", "what rates are measured over", "1s")
    .option("--own", "pgparade's own session too", false)
    .option("--filter <words>", "rows that match, as after / on the screen")
    .option("--sort <column>", "order of the rows, with - in front for falling")
    .option("--limit <rows>", "the first rows alone")
    .addOption(databaseOption())
    .addOption(
      new Option("--idle <yes>", "idle and background sessions too").choices(["yes", "no"]).default("yes"),
    )
    .action(async (view: string | undefined, targets: string[], flags) => {
      const { show } = await import("./show.ts");
      await finish(show(view ?? null, targets, flags));
    });
  withLook(withNodes(program.command("check")))
    .description("Print one line per node and exit 0 ok, 1 warning, 2 critical, 3 unknown.")
    .argument("[target...]", "connection strings instead of the config file")
    .addOption(new Option("--format <format>", "how to print it").choices(["table", "json"]).default("table"))
    .option("--rule <names>", "judge only by these rules, with commas between them")
    .option("--except <names>", "judge by all rules but these")
    .action(async (targets: string[], flags) => {
      const { check } = await import("./check.ts");
      await finish(check(targets, flags));
    });
  const config = program.command("config").description("Find, check and explain the config.");
  withFile(config.command("path"))
    .description("Print which config file counts; exit 1 when there is none.")
    .action(async (flags: Flags) => {
      const { configPath } = await import("./config.ts");
      await finish(configPath(flags));
    });
  withNodes(config.command("validate"))
    .description("Tell every mistake of a config file; exit 2 when there is one.")
    .argument("[file]", "the config file, instead of the one that counts")
    .action(async (file: string | undefined, flags: Flags) => {
      const { configValidate } = await import("./config.ts");
      await finish(configValidate(file ?? null, flags));
    });
  withNodes(config.command("show"))
    .description("Print what each node resolves to and where every value comes from; exit 2 on a mistake.")
    .argument("[target...]", "connection strings instead of the config file")
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json"]).default("text"))
    .option("--explicit", "only what each string itself gives", false)
    .action(async (targets: string[], flags) => {
      const { configShow } = await import("./config-show.ts");
      await finish(configShow(targets, flags));
    });
  withFile(config.command("init"))
    .description("Write a commented config file to begin with; exit 1 when there is one already.")
    .argument("[file]", "where to write it, instead of the place that counts")
    .action(async (file: string | undefined, flags: Flags) => {
      const { configInit } = await import("./config-init.ts");
      await finish(configInit(file ?? null, flags));
    });
  config
    .command("schema")
    .description("Print the JSON Schema of the config file, for editors.")
    .action(async () => {
      const { configSchema } = await import("./config-schema.ts");
      await finish(configSchema());
    });
  withScreen(withLook(program.command("demo")))
    .description("Start a throw-away fleet of real servers and watch it.")
    .option("--nodes <count>", "so many lone nodes more", "0")
    .addOption(incidentOption())
    .option("--incident-after <time>", "when to stage them, counted from when the fleet is up", "10s")
    .option("--no-ui", "only start the fleet and print the config file that reaches it")
    .action(async (flags) => {
      const { demo } = await import("./demo.ts");
      await finish(demo(flags));
    });
  takeOptionsOnBothSides(program);
  return program.hook("preAction", (_, command) => refuseEmptyValues(command));
}

/** The compiler misses none of them; what they do is not loaded to read a command line. */
const incidents: Readonly<Record<IncidentName, true>> = {
  "lock-chain": true,
  "idle-in-transaction": true,
  lag: true,
  slot: true,
  runaway: true,
  connections: true,
  failover: true,
};

/** A name may hold any character: only another option begins another. */
function databaseOption(): Option {
  return new Option("--database <name>", "of views of each database only this one; repeat it for several")
    .default([], "all")
    .argParser((value, before: readonly string[]) => [...before, value]);
}

/** It may be given several times, and on both sides of the command's name. */
function incidentOption(): Option {
  const option = new Option("--incident <name>", "stage this on the fleet; repeat it for several").choices(
    Object.keys(incidents),
  );
  const oneOfThem = option.parseArg;
  return option
    .default([], "none")
    .argParser((value, before: readonly string[]) => [...before, oneOfThem?.(value, "") ?? value]);
}

/** A variable of a script that is not set: to go on without the file that was meant would judge other servers. */
function refuseEmptyValues(command: Command): void {
  for (const option of command.options)
    if (option.required && [command.getOptionValue(option.attributeName())].flat().includes(""))
      command.error(`error: the value of ${option.long} is empty: is a variable not set?`);
  const [file] = command.registeredArguments;
  if (file?.name() === "file" && command.args[0] === "")
    command.error("error: the name of the file is empty: is a variable not set?");
}

/** A word alone is no target: where it is near the name of a command, that was meant. It is not quoted, as ever. */
async function refuseMistypedCommand(program: Command, [first = ""]: readonly string[]): Promise<void> {
  if (!/^[a-z-]+$/i.test(first)) return;
  const { nearest } = await import("../text/nearest.ts");
  const names = program.commands.map((command) => command.name());
  const meant = nearest(first, names);
  if (meant !== null) program.error(`error: there is no such command; did you mean ${meant}?`);
}

function withFile(command: Command): Command {
  return command.option("--config <file>", "the config file");
}

function withNodes(command: Command): Command {
  return withFile(command)
    .option("--cluster <name>", "only the nodes of this cluster")
    .option("--group <name>", "only the nodes of this group");
}

function withLook(command: Command): Command {
  return command.option("--ascii", "draw with ASCII only").option("--no-color", "no colours");
}

function withScreen(command: Command): Command {
  return command
    .option("--refresh <time>", "how often to ask, such as 500ms or 5s")
    .option("--theme <theme>", "dark, light, high-contrast or colour-blind")
    .option("--log-level <level>", "debug, info, warn or error")
    .option("--read-only", "allow no action on any server");
}
