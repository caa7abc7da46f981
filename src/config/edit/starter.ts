/** How `nodes:` of a new file goes on, so that there is something to watch. */
const firstNode = `  local: {}        # the server that psql would reach; remove it when you have named your own`;

/**
 * A config file to begin with, from the text of the example: every option is there with its default, but commented out
 * as in postgresql.conf, with nothing between the mark and the option. An explanation has a blank after its mark.
 */
export function starterConfig(example: string): string {
  const lines = example.trimEnd().split("\n");
  return lines
    .filter((line) => !line.startsWith("# Copy it to"))
    .map((line) => {
      if (line === "" || line.startsWith("#")) return line;
      return line.startsWith("nodes:") ? `${line}\n${firstNode}` : `#${line}`;
    })
    .concat("")
    .join("\n");
}
