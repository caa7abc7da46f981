/**
 * Opens a session on each of the ports that are given, all at once, asks each for the pulse once, and prints how many
 * milliseconds that took: what no program with this driver can be faster than.
 */
import pg from "pg";
import { pulseView } from "../../src/views/server/pulse.ts";
import { sqlFor } from "../../src/views/view.ts";

const text = sqlFor(pulseView, 180_000);
if (text === null) throw new Error("the pulse has no statement for PostgreSQL 18");
const startMs = performance.now();
const connections = await Promise.all(
  process.argv.slice(2).map(async (port) => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: Number(port),
      user: "monitor",
      database: "postgres",
    });
    await client.connect();
    return client;
  }),
);
await Promise.all(connections.map((client) => client.query({ name: "pulse", text, rowMode: "array" })));
console.log(performance.now() - startMs);
process.exit(0);
