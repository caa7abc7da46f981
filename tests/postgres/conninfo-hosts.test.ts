import { expect, test } from "bun:test";
import { parseConninfo } from "../../src/postgres/conninfo.ts";
import { splitHosts } from "../../src/postgres/conninfo-hosts.ts";

test.each<[string, string[] | undefined]>([
  ["postgres://a:1,b:2/x", ["a:1", "b:2"]],
  ["postgres://a,b/x", ["a:", "b:"]],
  ["postgres://a,b:2", ["a:", "b:2"]],
  ["host=a,b port=7", ["a:7", "b:7"]],
  ["host=a,b", ["a:", "b:"]],
  ["host=a,,c port=1,2,3", ["a:1", ":2", "c:3"]],
  ["host=/tmp,h port=,6", ["/tmp:", "h:6"]],
  ["host=a port=1", ["a:1"]],
  ["host=a,b port=1,2,3", undefined],
  ["host=a,b,c port=1,2", undefined],
])("%p is %p", (text, expected) => {
  const conninfo = parseConninfo(text);
  if (!conninfo.ok) throw new Error(conninfo.error.message);
  const hosts = splitHosts(conninfo.parameters)?.map(({ host = "", port = "" }) => `${host}:${port}`);
  expect(hosts).toEqual(expected);
});
