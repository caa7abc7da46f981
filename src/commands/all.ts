import { actionCommands } from "./actions/all.ts";
import { alertKeys } from "./alerts.ts";
import { application } from "./application.ts";
import type { Command } from "./command.ts";
import { connections } from "./connections.ts";
import { hostKey, password } from "./login.ts";
import { navigation } from "./navigation.ts";
import { nodes } from "./nodes.ts";
import { operationCommands } from "./operations/all.ts";
import { nextProblem } from "./problems.ts";
import { copying } from "./row/copy.ts";
import { explaining } from "./row/explain.ts";
import { neighbourRows } from "./row/neighbour.ts";
import { switchView } from "./switch-view.ts";
import { addUnwatched } from "./unwatched.ts";

/** Every command. A chord belongs to the first one that applies where the person is. */
export const commands: readonly Command[] = [
  ...navigation,
  nextProblem,
  ...neighbourRows,
  ...copying,
  ...explaining,
  addUnwatched,
  ...switchView,
  ...alertKeys,
  ...nodes,
  ...actionCommands,
  ...operationCommands,
  password,
  hostKey,
  ...connections,
  ...application,
];
