import { expect, test } from "bun:test";
import { settingsOf } from "./config-file.ts";

test("a path in a field begins at home, also a socket's directory, and none in a string does", () => {
  const fields = "{ host: '~/one,~/two', sslrootcert: ~/ca.pem }";
  const environment = { HOME: "/home/ana" };
  const { nodes } = settingsOf(`nodes: { a: ${fields}, b: 'host=~/one' }`, { environment });
  expect(nodes.map(({ connection }) => connection.host)).toEqual(["/home/ana/one", "/home/ana/two", "~/one"]);
  expect(nodes[0]?.connection.sslrootcert).toBe("/home/ana/ca.pem");
});
