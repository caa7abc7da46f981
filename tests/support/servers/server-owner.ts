// A program of its own for tests that end the owner of servers: starts one, says where, and waits for a signal.
import { startServer } from "../../../src/services/throwaway/create-server.ts";
import { openScratch } from "../../../src/services/throwaway/scratch.ts";

const scratch = await openScratch("test");
process.once("SIGTERM", () => process.exit(0));
process.once("SIGINT", async () => {
  await scratch.destroy();
  process.exit(0);
});
const server = await startServer(scratch, { name: "owned" });
const answer = await server.query<{ one: number }>("select 1 as one");
const { directory } = scratch;
console.log(JSON.stringify({ directory, port: server.port, uid: process.getuid?.(), answer }));
setInterval(() => {}, 60_000);
