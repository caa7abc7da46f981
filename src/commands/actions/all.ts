import type { Command } from "../command.ts";
import { type Action, commandOf } from "./action.ts";
import { marking } from "./marks.ts";
import { readOnly } from "./read-only.ts";
import { cancel, terminate } from "./signals.ts";

/** Everything that can be done to a server. */
const all: readonly Action[] = [cancel, terminate];

export function actionNamed(name: string): Action | undefined {
  return all.find((action) => action.name === name);
}

/** What the screen has of them: the actions, the marks that say whom they are meant for, the switch that takes them away. */
export const actionCommands: readonly Command[] = [...all.map(commandOf), ...marking, readOnly];
