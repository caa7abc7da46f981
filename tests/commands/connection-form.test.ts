import { describe, expect, test } from "bun:test";
import { inspect } from "node:util";
import { textIn } from "../../src/store/connection-form.ts";
import { goodTest, listed } from "../support/screens/connection-fixtures.ts";
import { sitDown } from "../support/screens/desk.ts";
import { badDay } from "../support/screens/fleet-fixtures.ts";
import { draw } from "../support/screens/screens.tsx";

/** On an empty form. */
function atForm() {
  const desk = sitDown(badDay);
  desk.store.setState({ connections: listed });
  desk.press("o", "N");
  const form = () => {
    const { overlay } = desk.state().screen;
    if (overlay?.kind !== "connection") throw new Error("the form is closed");
    return overlay.form;
  };
  return { desk, form };
}

describe("a pasted connection string", () => {
  const strings: [string, string][] = [
    ["a URI", "postgres://app:s3%20cret@db7.example.com:5433/shop?sslmode=require\n"],
    ["keywords", "host=db7.example.com port=5433 dbname=shop user=app password='s3 cret' sslmode=require"],
    [
      "a psql command",
      "PGPASSWORD='s3 cret' psql -h db7.example.com -p 5433 -U app 'dbname=shop sslmode=require'",
    ],
    [
      "a command on several lines",
      "PGPASSWORD='s3 cret' psql -h db7.example.com \\\n  -p 5433 \\\r\n -U app \\\r 'dbname=shop sslmode=require'\n",
    ],
  ];

  test.each(strings)("fills the fields from %s", (_, text) => {
    const { desk, form } = atForm();
    desk.paste(text);
    const { host, port, database, user, password, sslmode } = form().texts;
    expect([host, port, database, user, password.reveal(), sslmode]).toEqual([
      "db7.example.com",
      "5433",
      "shop",
      "app",
      "s3 cret",
      "require",
    ]);
    expect(form().problems).toEqual({});
    expect(form().defaults.name).toBe("db7");
  });

  test.each([
    [
      "postgresql://app:s3%20cret@db7:5433/shop?schema=public&pgbouncer=true&connection_limit=1&sslmode=require",
      "schema, pgbouncer, connection_limit",
    ],
    ["postgresql+asyncpg://app:s3%20cret@db7:5433/shop?ssl=require&command_timeout=60", "command_timeout"],
    ["jdbc:postgresql://db7:5433/shop?user=app&password=s3%20cret&ssl=true&currentSchema=x", "currentSchema"],
    [
      "Host=db7;Port=5433;Username=app;Password=s3 cret;Database=shop;SSL Mode=Require;Pooling=true",
      "Pooling",
    ],
    ["psql 'postgresql://app:s3%20cret@db7:5433/shop?schema=public&sslmode=require'", "schema"],
  ])("of another program fills what is known and names what it leaves out: %s", (text, leftOut) => {
    const { desk, form } = atForm();
    desk.paste(text);
    const { host, port, database, user, password, sslmode } = form().texts;
    expect([host, port, database, user, password.reveal(), sslmode]).toEqual([
      "db7",
      "5433",
      "shop",
      "app",
      "s3 cret",
      "require",
    ]);
    expect(form().problems).toEqual({});
    expect(form().notes).toEqual({ pasted: `left out: ${leftOut}` });
    const drawn = draw(desk.state()).join(" ").replace(/\s+/g, " ");
    expect(drawn).toContain(`left out: ${leftOut}`);
    expect(drawn).not.toContain("cret");
    desk.press("ctrl-u");
    expect(form().notes).toEqual({});
  });

  test("with a template's password gives none", () => {
    const { desk, form } = atForm();
    for (const template of ["[YOUR-PASSWORD]", "<password>", "%7Bpassword%7D"]) {
      desk.paste(`postgresql://postgres.abc:${template}@aws-0.pooler.supabase.com:6543/postgres`);
      expect(form().texts.password.reveal()).toBe("");
      expect(form().notes.pasted).toBe("left out: a password that is still to be filled in");
      desk.press("ctrl-u");
    }
  });

  test("says what is wrong as it is typed, and quotes nothing", () => {
    const { desk, form } = atForm();
    desk.type("host=db7 pasword=s3cret");
    expect(form().problems.pasted).toMatch(/unknown keyword/);
    expect(form().problems.pasted).not.toContain("s3cret");
  });

  test.each([
    "postgres://app:s3c%ret@db7/shop",
    "postgres://app:s3c",
    "postgres://app:s3c/ret@db7/shop",
    "postgres://app:p@s3c/ret@db7/shop",
  ])("fills nothing while it cannot be read, also with what came before the mistake: %s", (text) => {
    const { desk, form } = atForm();
    desk.paste(text);
    const { pasted, password, ...others } = form().texts;
    expect(Object.values(others).join()).not.toMatch(/app|s3c|ret/);
    expect(password.reveal()).toBe("");
    expect(form().problems.pasted).toMatch(/%/);
    desk.press("ctrl-u");
    desk.paste("postgres://app:s3c%2Fret@db7/shop");
    expect(form().texts.password.reveal()).toBe("s3c/ret");
    desk.press("ctrl-u");
    expect(form().texts.host).toBe("");
  });

  test("gives way to what is typed into a field", () => {
    const { desk, form } = atForm();
    desk.paste("postgres://app@db7/shop");
    desk.press("down", "down", "ctrl-u");
    desk.type("db8");
    expect(textIn(form(), "host")).toBe("db8");
    desk.press("ctrl-s", "y");
    expect(desk.asked).toEqual(["save db8"]);
  });
});

describe("the fields", () => {
  test("are reached by arrows and Tab, both ways, and end at the ends", () => {
    const { desk, form } = atForm();
    desk.press("up");
    expect(form().field).toBe("pasted");
    desk.press("tab", "down", "enter");
    expect(form().field).toBe("port");
    desk.press("shift-tab", "up");
    expect(form().field).toBe("name");
  });

  test("are judged once something stands there", () => {
    const { desk, form } = atForm();
    desk.press("down");
    desk.type("orders-1");
    expect(form().problems.name).toMatch(/another node has this name/);
    desk.type("b");
    expect(form().problems.name).toBeUndefined();
    desk.press("down", "down");
    desk.type("54x2");
    expect(form().problems.port).toMatch(/port from 1 to 65535/);
  });

  test("with choices go around with arrows and jump by letter", () => {
    const { desk, form } = atForm();
    desk.press("up", ...Array.from({ length: 8 }, () => "down"));
    expect(form().field).toBe("sslmode");
    desk.press("right", "right");
    expect(form().texts.sslmode).toBe("allow");
    desk.press("v");
    expect(form().texts.sslmode).toBe("verify-ca");
    desk.press("v", "v", "left");
    expect(form().texts.sslmode).toBe("require");
    desk.press("x", "backspace");
    expect(form().texts.sslmode).toBe("require");
  });

  test("a group that exists is completed with →", () => {
    const { desk, form } = atForm();
    desk.press(...Array.from({ length: 11 }, () => "down"));
    desk.type("of");
    desk.press("right");
    expect(form().texts.group).toBe("office");
  });
});

test("a node that is changed keeps its name while none is given", () => {
  const { desk, form } = atForm();
  desk.press("escape", "j", "e", "ctrl-u");
  expect(form().texts.name).toBe("");
  expect(form().defaults.name).toBe("orders-1");
  expect(form().problems).toEqual({});
});

describe("the form", () => {
  test("is tested, connected and saved by key", () => {
    const { desk } = atForm();
    desk.paste("host=db7");
    desk.press("ctrl-t", "ctrl-o", "y", "ctrl-s", "y");
    expect(desk.asked).toEqual(["test the form of db7", "connect without saving db7", "save db7"]);
  });

  test("says of a report that it is of what stood there before, once something else does", () => {
    const { desk } = atForm();
    const outdated = () => {
      const { overlay } = desk.state().screen;
      return overlay?.kind === "connection" ? overlay.test?.outdated : undefined;
    };
    desk.paste("host=db7");
    const { overlay } = desk.state().screen;
    if (overlay?.kind !== "connection") throw new Error("the form is closed");
    const { screen } = desk.state();
    desk.store.setState({ screen: { ...screen, overlay: { ...overlay, test: { ...goodTest } } } });
    desk.press("down", "left", "right", "tab");
    expect(outdated()).toBe(false);
    desk.press("x");
    expect(outdated()).toBe(true);
  });

  test("asks before it is saved or connected, and only y is a yes", () => {
    const { desk, form } = atForm();
    desk.paste("host=db7");
    for (const no of ["n", "enter", "escape", "ctrl-s", "Y", "space"])
      for (const key of ["ctrl-s", "ctrl-o"]) desk.press(key, no);
    for (const key of ["ctrl-s", "ctrl-o"]) {
      desk.press(key);
      desk.paste("y");
      expect(form().asks).not.toBeNull();
      desk.press("n");
    }
    expect(form().asks).toBeNull();
    expect(textIn(form(), "pasted")).toBe("host=db7");
    expect(desk.asked).toEqual([]);
  });

  test("is saved with Enter on its last field", () => {
    const { desk } = atForm();
    desk.paste("host=db7");
    desk.press(...Array.from({ length: 15 }, () => "enter"), "y");
    expect(desk.asked).toEqual(["save db7"]);
  });

  test("goes to what is wrong instead of using it", () => {
    const { desk, form } = atForm();
    desk.paste("host=db7 port=99999");
    desk.press("ctrl-s");
    expect(desk.asked).toEqual([]);
    expect(form().field).toBe("port");
    expect(form().touched.has("port")).toBe(true);
  });

  test("is closed by Esc, which asks once when something was typed", () => {
    const { desk, form } = atForm();
    desk.press("escape");
    expect(desk.state().screen.overlay).toBeNull();
    desk.press("N", "x", "escape");
    expect(form().notice).toContain("Esc again");
    desk.press("y", "escape", "escape");
    expect(desk.state().screen.overlay).toBeNull();
  });

  test("holds no password that a dump of the state would show", () => {
    const { desk, form } = atForm();
    desk.paste("postgres://app:s3cret@db7/shop");
    desk.press(...Array.from({ length: 6 }, () => "down"));
    expect(form().field).toBe("password");
    desk.type("2");
    expect(form().texts.password.reveal()).toBe("s3cret2");
    expect(inspect(desk.state(), { depth: 20, showHidden: true })).not.toContain("s3cret");
    expect(JSON.stringify(desk.state().screen)).not.toContain("s3cret");
  });
});

describe("a group", () => {
  test("is renamed and coloured on a form, and keeps a name of its own", () => {
    const { desk, form } = atForm();
    desk.press("escape", "e", "ctrl-u");
    desk.type("office");
    expect(form().problems.name).toBe("another group has this name");
    desk.type(" two");
    desk.press("down", "b", "down", "right", "ctrl-t", "ctrl-o", "enter", "y");
    expect(form().texts).toMatchObject({ name: "office two", colour: "blue", folded: "yes" });
    expect(desk.asked).toEqual(["stop the test", "save office two"]);
  });

  test("is moved up and down and deleted", () => {
    const { desk } = atForm();
    desk.press("escape", "J", "n", "J", "enter", "J", "y", "K", "y", "D", "y");
    expect(desk.asked.slice(1)).toEqual(["shift shop by 1", "shift shop by -1", "remove group shop"]);
  });
});
