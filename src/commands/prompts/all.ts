import type { Overlay } from "../../store/screen.ts";
import { action } from "./action.ts";
import { group, operations, palette, picker } from "./choosing.ts";
import { columns } from "./columns.ts";
import { change } from "./connections/change.ts";
import { connectionForm } from "./connections/connection-form.ts";
import { connectionTest } from "./connections/connection-test.ts";
import { disconnect } from "./connections/disconnect.ts";
import { hostKey } from "./connections/host-key.ts";
import { password } from "./connections/password.ts";
import { explain } from "./explain.ts";
import { filter } from "./filter.ts";
import { help } from "./help.ts";
import { operation } from "./operation.ts";
import type { Prompt } from "./prompt.ts";
import { quit } from "./quit.ts";
import { several } from "./several.ts";

/** Every dialog there is. A kind of overlay without one is a type error here. */
export const prompts: { readonly [K in Overlay["kind"]]: Prompt<K> } = {
  help,
  filter,
  columns,
  palette,
  picker,
  operations,
  group,
  password,
  "host-key": hostKey,
  connection: connectionForm,
  "connection-test": connectionTest,
  change,
  disconnect,
  action,
  operation,
  several,
  explain,
  quit,
};
