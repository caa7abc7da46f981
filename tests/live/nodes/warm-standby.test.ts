import { describe, expect, test } from "bun:test";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createStandby } from "../../../src/services/throwaway/create-standby.ts";
import { germanServers } from "../../support/servers/german.ts";
import { installMajors } from "../../support/servers/majors.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { serversOfMajor } from "../../support/servers/older.ts";
import { type Servers, until } from "../../support/servers/servers.ts";
import { watch } from "../../support/servers/watched.ts";
import { runProgram } from "../../support/terminal/program.ts";
import { ready, watching } from "../../support/terminal/watching.ts";

const { found } = await installMajors();
const kinds: [string, Servers, boolean][] = [
  ...(found.includes(10) ? [["PostgreSQL 10", serversOfMajor(10), false] as [string, Servers, boolean]] : []),
  ["PostgreSQL 18", serversOfMajor(18), true],
  ["a German server", germanServers(), true],
];

describe.each(kinds)(
  "%s: a standby that accepts no connections by its own setting",
  (_, servers, saysWhy) => {
    const made = new Map<string, Promise<{ port: number; config(options: string): Promise<string> }>>();
    const warm = () => {
      const one = made.get("warm") ?? start();
      made.set("warm", one);
      return one;
    };
    async function start() {
      const primary = await servers.lone("primary");
      const standby = await createStandby(primary, { name: "warm", settings: { hot_standby: "off" } });
      await standby.start();
      const { directory } = await servers.scratch();
      return {
        port: standby.port,
        async config(options: string) {
          const path = join(directory, `warm-${options.replaceAll(/\W/g, "")}.yaml`);
          const place = "host: 127.0.0.1, user: monitor, database: postgres, sslmode: disable";
          const nodes = [
            `  warm: { ${place}, port: ${standby.port}${options} }`,
            `  primary: { ${place}, port: ${primary.port} }`,
          ];
          await writeFile(path, `nodes:\n${nodes.join("\n")}\n`, { mode: 0o600 });
          return path;
        },
      };
    }

    test("check: critical with the server's reason and what to set; ok with a word once it is declared", async () => {
      const { config } = await warm();
      const plain = await runProgram(["check", "--config", await config("")]);
      expect(plain.code).toBe(2);
      expect(plain.stdout).toMatch(/critical +warm/);
      expect(plain.stdout).toContain("set hot_standby: off");
      expect(plain.stdout).toContain(saysWhy ? "recovering: " : "starting: ");
      const declared = await runProgram(["check", "--config", await config(", hot_standby: off")]);
      expect(declared.stdout).toMatch(/ok +warm +warm-standby .*hot_standby: off/);
      expect(declared.code).toBe(0);
      const json = await runProgram([
        "check",
        "--format",
        "json",
        "--config",
        await config(", hot_standby: off"),
      ]);
      const [node] = JSON.parse(json.stdout).nodes;
      expect(node).toMatchObject({ status: "ok", state: "warm-standby", error: { sqlstate: "57P03" } });
      if (saysWhy) expect(node.error.detail).not.toBe("");
      const shown = await runProgram(["show", "fleet", "--config", await config(", hot_standby: off")]);
      expect(shown.code).toBe(0);
    });

    test("the screen: recovering with the reason, or a quiet warm standby", async () => {
      const { config } = await warm();
      await using plain = watching(["--config", await config("")], { columns: 160 });
      await ready(plain, saysWhy ? /◐ 1 recovering/ : /◐ 1 restarting/);
      await using declared = watching(["--config", await config(", hot_standby: off")], { columns: 160 });
      await ready(declared, /○ 1 warm standby/);
      expect((await declared.screen()).join("\n")).not.toMatch(/critical|warning|✖|▲/);
    });

    test("it is asked every 30 s, and told when it answers all the same", async () => {
      const { port } = await warm();
      const settings = nodeSettings({ name: "warm", port }, { hotStandby: false });
      await using watched = watch([settings]);
      const { health } = await until(() => watched.node("warm").health.error && watched.node("warm"));
      expect(health.state).toBe("warm-standby");
      expect((health.nextAttemptAtMs ?? 0) - performance.now()).toBeGreaterThan(20_000);
      expect(watched.node("warm").alerts).toEqual([]);
      const primary = await servers.lone("primary");
      const { directory } = await servers.scratch();
      const path = join(directory, "answers.yaml");
      const place = `host: 127.0.0.1, port: ${primary.port}, user: monitor, database: postgres, sslmode: disable`;
      await writeFile(path, `nodes:\n  p: { ${place}, hot_standby: off }\n`, { mode: 0o600 });
      const { code, stdout } = await runProgram(["check", "--config", path]);
      expect(stdout).toContain("answers queries, although the config says hot_standby: off");
      expect(code).toBe(0);
    });
  },
);
