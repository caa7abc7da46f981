import { describe, expect, test } from "bun:test";
import { editConfig } from "../../../src/config/edit/edit.ts";
import { draftOfTarget } from "../../../src/config/edit/target-draft.ts";
import { loadSettings } from "../../../src/config/load.ts";
import { acted, type Keyword } from "../../../src/postgres/conninfo/keywords.ts";

/** What is saved of the node that is the TARGET's only one, or its host of this number. */
function saved(target: string, { environment = {}, host = 0 } = {}) {
  const loaded = loadSettings({}, [target], { HOME: "/nonexistent", USER: "me", ...environment });
  if (!loaded.ok) throw new Error(loaded.error.message);
  const [entry] = loaded.fleet.entries;
  const node = loaded.settings.nodes[host];
  if (!entry || !node) throw new Error("no node");
  const draft = { ...draftOfTarget(node, entry), name: "db" };
  const edited = editConfig("", { kind: "add", draft });
  if (!edited.ok) throw new Error(edited.problem);
  return { draft, text: edited.text.replace("nodes:\n  db:", "").trim() };
}

const session =
  "application_name=top&connect_timeout=5&keepalives=0&keepalives_idle=60&target_session_attrs=any&load_balance_hosts=random";

describe("a saved TARGET", () => {
  test("has all that its string says", () => {
    const uri = `postgresql://monitor@db1:5433/app?${session}`;
    expect(saved(uri).text).toBe(uri);
    expect(saved("host=db1 keepalives_count=3 options='-c geqo=off'").text).toBe(
      "postgresql://db1/?keepalives_count=3&options=-c%20geqo%3Doff",
    );
  });

  test("has nothing that it does not say", () => {
    expect(saved("host=db1").text).toBe("host: db1");
    const environment = { PGSSLMODE: "require", PGAPPNAME: "psql", PGPASSWORD: "hunter2" };
    const { text, draft } = saved("postgresql://ann@db1:5433/app", { environment });
    expect(text).toBe("host: db1\n    port: 5433\n    database: app\n    user: ann");
    expect(draft.password).toBeNull();
  });

  test("leads where the environment led it", () => {
    const environment = { PGHOST: "db1", PGUSER: "ann", PGDATABASE: "app" };
    expect(saved("dbname=shop", { environment }).text).toBe("host: db1\n    database: shop\n    user: ann");
  });

  test("keeps its password out of the parameters", () => {
    const { draft, text } = saved("host=db1 password=hunter2");
    expect([draft.password?.reveal(), draft.passwordPlace, text]).toEqual([
      "hunter2",
      "keyring",
      "host: db1",
    ]);
  });

  test("keeps its key's passphrase out of them too", () => {
    const { draft, text } = saved("host=db1 sslkey=/k sslpassword=hunter2");
    expect([draft.keyPassphrase?.reveal(), text]).toEqual(["hunter2", "host: db1\n    sslkey: /k"]);
  });

  test("has no variable that its string only looks like", () => {
    expect(saved("host=db1 dbname=$" + "{HOME}").text).toBe("host: db1\n    database: $$" + "{HOME}");
  });

  test("that is one of several hosts is that one", () => {
    const uri = "postgresql://ann@db1,db2:5433/app?application_name=top";
    expect(saved(uri).text).toBe("postgresql://ann@db1/app?application_name=top");
    expect(saved(uri, { host: 1 }).text).toBe("postgresql://ann@db2:5433/app?application_name=top");
    const environment = { PGHOST: "db1,db2", PGPORT: "6000" };
    expect(saved("user=ann", { environment, host: 1 }).text).toBe("host: db2\n    port: 6000\n    user: ann");
  });

  const samples: { readonly [keyword in Keyword]?: string } = {
    ...{ host: "db1", hostaddr: "10.0.0.1", port: "5433", sslmode: "verify-full", sslcertmode: "require" },
    ...{ sslnegotiation: "direct", sslsni: "0", ssl_min_protocol_version: "TLSv1.3", connect_timeout: "5" },
    ...{ ssl_max_protocol_version: "TLSv1.3", require_auth: "scram-sha-256", channel_binding: "require" },
    ...{ target_session_attrs: "standby", load_balance_hosts: "random" },
  };
  // The password has a place of its own, and a service needs its file.
  const others = acted.filter((keyword) => !["password", "service", "servicefile"].includes(keyword));
  test.each(others)("keeps %s", (keyword) => {
    const strong = keyword === "sslnegotiation" ? "sslmode=require " : "";
    const value = samples[keyword] ?? "word";
    expect(saved(`${strong}${keyword}=${value}`).draft.parameters[keyword]).toBe(value);
  });
});
