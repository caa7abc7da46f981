import { afterAll, expect, test } from "bun:test";
import pg from "pg";
import { serversForTests } from "../support/servers/servers.ts";
import type { Terminal } from "../support/terminal/terminal.ts";
import { ready, watching } from "../support/terminal/watching.ts";

const servers = serversForTests();
const clients: pg.Client[] = [];
afterAll(() => Promise.all(clients.map((client) => client.end().catch(() => {}))));

/** What a terminal would obey: clear, move, recolour, retitle, take the clipboard, ask back, ring, change modes. */
const attack =
  "\u001b[2J\u001b[1;1H\u001b[31;7mPWNED\u001b]0;owned\u0007\u001b]52;c;cm0gLXJm\u0007\u001b[6n\u001b[?1000h\u001b[?1049l\u001b[?25h\u001bc\u009b2J\u009d0;owned\u009c\u0007\u202ekcab\u202c\u200b\ufeff\u0301";
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** One session on a server with everything that a user may name: database, role, application, statement. */
async function session(name: string, text: string) {
  const server = await servers.lone(name);
  const admin = new pg.Client({
    host: "127.0.0.1",
    port: server.port,
    user: "postgres",
    database: "postgres",
  });
  await admin.connect();
  // 63 bytes is all that a name holds.
  const named = [...`n${text}`].reduce(
    (kept, next) => (Buffer.byteLength(kept + next) <= 63 ? kept + next : kept),
    "",
  );
  await admin.query(`create role ${quoted(named)} login`);
  await admin.query(`create database ${quoted(named)} owner ${quoted(named)}`);
  await admin.end();
  const client = new pg.Client({
    host: "127.0.0.1",
    port: server.port,
    user: named,
    database: named,
    application_name: `app${text}`,
  });
  client.on("error", () => {});
  await client.connect();
  clients.push(client);
  client.query(`select /* ${text}\r\n\t${text} */ pg_catalog.pg_sleep(600)`).catch(() => {});
  return `host=127.0.0.1 port=${server.port} user=postgres dbname=postgres`;
}

/** The parts of the screen around the table's cells, and all that the terminal was told. */
async function surroundings(terminal: Terminal) {
  const rows = await terminal.screen();
  const cells = await terminal.cells();
  // The row of the session is the last of the table; below it there is what the row has no room for, and the foot.
  const below = rows.slice(4, -2);
  const more = below.findIndex((row) => row.startsWith("── "));
  return {
    rules: [rows[1], rows.at(-2)],
    footer: rows.at(-1),
    below: below.slice(0, more < 0 ? undefined : more).filter((row) => row !== ""),
    isIndented: more < 0 || below.slice(more + 1).every((row) => row === "" || row.startsWith("  ")),
    title: terminal.title,
    modes: terminal.leftBehind(),
    cursorVisible: terminal.cursorVisible,
    reversed: cells.filter((row) => row.some((cell) => cell.inverse)).length,
    height: rows.length,
  };
}

async function visit(target: string, columns: number) {
  const terminal = watching([target], { columns, rows: 24 });
  await ready(terminal, /● 127\.0\.0\.1:\d+ +primary/);
  terminal.press("a");
  await terminal.until(/❯ *\d+ [\s\S]*active/);
  return terminal;
}

test.each([80, 200])(
  "hostile names and statements of a real server stay in their cells at %d columns",
  async (columns) => {
    const [calmTarget, hostileTarget] = await Promise.all([
      once("calm", () => session("calm", "harmless")),
      once("hostile", () => session("hostile", attack)),
    ]);
    await using calm = await visit(calmTarget, columns);
    await using hostile = await visit(hostileTarget, columns);
    expect(await surroundings(hostile)).toEqual(await surroundings(calm));

    // The row with all its columns and the whole statement.
    hostile.press("Enter");
    const rows = await hostile.until(/session +\d/);
    expect(rows.join("\n")).toContain("\\x1b[2J");
    expect(hostile.title).toBe(calm.title);
    hostile.press("Escape");
    await hostile.until(/STATEMENT/);

    const told = hostile.output();
    expect(told).not.toContain("\u001b]");
    expect(told).not.toMatch(/[\u0007\u0080-\u009f\u200b\u202c\u202e\ufeff]/);
    expect(told).not.toContain("\u001b[6n");
    expect(told).not.toContain("\u001b[?1000h");
    expect(told).not.toContain("\u001bc");
    hostile.press("q");
    calm.press("q");
    expect(await hostile.exited).toEqual(await calm.exited);
    expect(hostile.leftBehind()).toEqual([]);
    const plain = (rows: string[]) => rows.filter((row) => row !== "");
    expect(plain(await hostile.screen())).toEqual(plain(await calm.screen()));
  },
);

const made = new Map<string, Promise<string>>();
function once(name: string, make: () => Promise<string>): Promise<string> {
  const found = made.get(name) ?? make();
  made.set(name, found);
  return found;
}
