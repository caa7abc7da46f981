import { describe, expect, test } from "bun:test";
import { problemsOf, settingsOf } from "./config-file.ts";

describe("a node of several hosts", () => {
  const several = "nodes: { orders: 'host=a,b port=1,2 user=u', lone: host=c }\n";

  test("is a cluster of its name, with a node for each host", () => {
    const settings = settingsOf(several);
    expect(
      settings.nodes.map(({ name, cluster, connection: { host, port } }) => [name, cluster, host, port]),
    ).toEqual([
      ["orders-1", "orders", "a", 1],
      ["orders-2", "orders", "b", 2],
      ["lone", null, "c", 5432],
    ]);
    expect(settings.clusters).toMatchObject([{ name: "orders", nodes: ["orders-1", "orders-2"] }]);
  });

  test("stands in a cluster of the file as its nodes do", () => {
    const settings = settingsOf(`${several}clusters: { shop: { nodes: [lone, orders], colour: red } }\n`);
    expect(settings.clusters).toMatchObject([{ name: "shop", nodes: ["lone", "orders-1", "orders-2"] }]);
    expect(settings.nodes.map(({ colour }) => colour)).toEqual(["red", "red", "red"]);
  });

  test.each([
    ["nodes: { a: 'host=x,y', a-2: host=z }", "found another node a-2"],
    [
      "nodes: { a: 'host=x,y', b: host=z }\nclusters: { a: { nodes: [b] } }",
      "found another cluster of its name",
    ],
  ])("must not take the name of another: %p", (text, found) => {
    expect(problemsOf(text)).toEqual([
      `FILE:1:13: nodes.a: expected a name of its own for several hosts, ${found}. Rename one of the two.`,
    ]);
  });
});

test("a TARGET with several hosts is a node for each", () => {
  const names = (...targets: string[]) => settingsOf("", { targets }).nodes.map(({ name }) => name);
  expect(names("postgres://a:1,b:2/x", "host=c,d port=7")).toEqual(["a:1", "b:2", "c:7", "d:7"]);
  expect(settingsOf("", { targets: ["host=a,b"] }).clusters).toMatchObject([
    { name: "a:5432,b:5432", nodes: ["a:5432", "b:5432"] },
  ]);
  // Like libpq: a port that is left out of a list is 5432, whatever is the port elsewhere.
  const ports = settingsOf("defaults: { port: 6000 }", { targets: ["postgres://a,b:1/x", "host=c,d"] });
  expect(ports.nodes.map(({ connection }) => connection.port)).toEqual([5432, 1, 6000, 6000]);
  const environment = { PGHOST: "a,b", PGPORT: "7,8" };
  expect(settingsOf("theme: dark", { environment }).nodes.map(({ name }) => name)).toEqual(["a:7", "b:8"]);
  expect(() => names("host=a,b port=1,2,3")).toThrow("TARGET 1: expected one port, or one for each host");
});
