import { fileURLToPath } from "node:url";
import { type Servers, serversForTests } from "./servers.ts";

/** Real servers of a major whose binaries `installMajors` has installed; the newest ones come with the project. */
export function serversOfMajor(major: number): Servers {
  const folder = new URL(`../../majors/node_modules/pg${major}/native`, import.meta.url);
  return serversForTests(major === 18 ? {} : { binaries: async () => fileURLToPath(folder) });
}
