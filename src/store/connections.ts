/** How a node is reached, as far as a person may see it: never its password. */
export type ConnectionEntry = {
  readonly name: string;
  /** "user@host:port/database", or the directory of a unix socket in place of the host. */
  readonly address: string;
  /** The ssh host on the way, as the file has it; the address is what that host makes of it. */
  readonly bastion: string | null;
  readonly group: string | null;
  readonly colour: string | null;
  readonly production: boolean;
  /** False for a node that is in no file and is forgotten at the end of the program. */
  readonly saved: boolean;
  /** The cluster whose source lists it; null for one that is in the file, or in neither. */
  readonly foundIn: string | null;
  /** What the file calls it, which is another name for one of several hosts in a string: `orders` for `orders-2`. */
  readonly entry: string;
};

/** `folded` is what the config says; what a person folded meanwhile is the screen's affair. */
export type GroupEntry = {
  readonly name: string;
  readonly colour: string | null;
  readonly folded: boolean;
};

/** The connections there are, groups and nodes in the order of the config. */
export type Connections = {
  readonly groups: readonly GroupEntry[];
  readonly entries: readonly ConnectionEntry[];
};

export const noConnections: Connections = { groups: [], entries: [] };
