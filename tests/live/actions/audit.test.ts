import { expect, test } from "bun:test";
import { mkdir, readFile } from "node:fs/promises";
import { knowSecret } from "../../../src/text/known-secrets.ts";
import { Secret } from "../../../src/text/secret.ts";
import { acting, asRole, signalRoles } from "../../support/actions/acting.ts";
import { victim } from "../../support/actions/victim.ts";
import { serversForTests } from "../../support/servers/servers.ts";

/** The server writes down each statement: whether one was sent is read there. */
const servers = serversForTests({ settings: { log_statement: "all" } });
const lone = () => servers.lone("audited", { bootstrap: signalRoles });

/** How often the server was asked to signal a session. */
async function signalsAsked(server: { readonly logFile: string }): Promise<number> {
  const log = await readFile(server.logFile, "utf8");
  return [...log.matchAll(/execute [^\n]*\n?[^\n]*s\.verdict/g)].length;
}

test("the file has a line before each signal and one after it, with who, where, what and the outcome", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await session.sleeps();
  await node.send("cancel", session.target(server.name));
  const shown = {
    user: "bare",
    database: "postgres",
    application: "\u001b[31mvictim",
    client: "127.0.0.1",
    statement: "x".repeat(5000),
  };
  await node.send("terminate", session.target(server.name, { shown }));
  await node.send("terminate", session.target(server.name));
  const lines = await node.lines();
  expect(lines.map(({ action, outcome }) => [action, outcome])).toEqual([
    ["cancel", null],
    ["cancel", "done"],
    ["terminate", null],
    ["terminate", "done"],
    ["terminate", null],
    ["terminate", "gone"],
  ]);
  const [, , before, after] = lines;
  const { backendStart } = session.target(server.name);
  expect(before).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    os_user: expect.stringMatching(/./),
    os_uid: process.geteuid?.() ?? null,
    sudo_user: process.env["SUDO_USER"] ?? null,
    pid: process.pid,
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    action: "terminate",
    node: server.name,
    host: "127.0.0.1",
    port: server.port,
    database_role: "guard",
    login_role: "guard",
    server_role: "primary",
    statement: expect.stringMatching(/^select[\s\S]*pg_catalog\.pg_terminate_backend\(s\.pid, \$4::int8\)/),
    values: [String(session.pid), backendStart, "", expect.stringMatching(/^\d+$/)],
    targets: [
      {
        ...shown,
        pid: session.pid,
        backend_start: backendStart,
        statement: "x".repeat(1000),
      },
    ],
    outcome: null,
    detail: null,
  });
  expect(after).toEqual({ ...before, time: after?.["time"], outcome: "done" });
  expect(await Bun.file(node.audit.path).text()).not.toContain("\u001b");
});

test("a secret that the program knows is not in the file, also when the session's statement had it", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  const secret = new Secret("pl4nted w0rds");
  knowSecret(secret);
  const { shown } = session.target(server.name);
  const statement = `alter role app password '${secret.reveal()}'`;
  await node.send("terminate", session.target(server.name, { shown: { ...shown, statement } }));
  expect((await node.lines())[1]).toMatchObject({
    outcome: "done",
    targets: [{ statement: "alter role app password '***'" }],
  });
});

test("an outcome that needs a reason has it in the file", async () => {
  const server = await lone();
  await using node = await acting([asRole("monitor", server)]);
  await using session = await victim(server, "bare");
  await session.sleeps();
  await node.send("terminate", session.target(server.name));
  expect((await node.lines()).at(-1)).toMatchObject({
    outcome: "notPermitted",
    detail: "it is the session of another role: GRANT pg_signal_backend TO monitor",
  });
});

test("where the audit file cannot be written nothing is sent, and the reason is told", async () => {
  const server = await lone();
  await using node = await acting([asRole("guard", server)]);
  await using session = await victim(server, "bare");
  await mkdir(node.audit.path, { recursive: true });
  const asked = await signalsAsked(server);
  const [outcome] = await node.send("terminate", session.target(server.name));
  expect(outcome?.kind === "refused" && outcome.why).toContain(
    `no audit line, no action: ${node.audit.path}`,
  );
  expect(await session.isThere()).toBe(true);
  expect(await signalsAsked(server)).toBe(asked);
});

test("what is refused by the config or in read-only mode is not sent to the server", async () => {
  const server = await lone();
  const why = "read-only: pgparade was started with --read-only";
  await using node = await acting([asRole("guard", server)], () => why);
  await using session = await victim(server, "bare");
  const asked = await signalsAsked(server);
  expect(await node.send("terminate", session.target(server.name))).toEqual([{ kind: "refused", why }]);
  expect(await session.isThere()).toBe(true);
  expect(await signalsAsked(server)).toBe(asked);
  await using allowed = await acting([asRole("guard", server)]);
  await allowed.send("terminate", session.target(server.name));
  expect(await signalsAsked(server)).toBe(asked + 1);
});
