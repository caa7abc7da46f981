import { expect, test } from "bun:test";
import { parseConninfo } from "../../../src/postgres/conninfo/conninfo.ts";
import { splitHosts } from "../../../src/postgres/conninfo/hosts.ts";

test.each<[string, string[] | string]>([
  ["postgres://a:1,b:2/x", ["a:1", "b:2"]],
  ["postgres://a,b/x", ["a:", "b:"]],
  ["postgres://a,b:2", ["a:", "b:2"]],
  ["host=a,b port=7", ["a:7", "b:7"]],
  ["host=a,b", ["a:", "b:"]],
  ["host=a,,c port=1,2,3", ["a:1", ":2", "c:3"]],
  ["host=/tmp,h port=,6", ["/tmp:", "h:6"]],
  ["host=a port=1", ["a:1"]],
  ["", [":"]],
  ["hostaddr=1.1.1.1", ["(1.1.1.1):"]],
  ["host=a,b hostaddr=,1.1.1.1 port=1,2", ["a:1", "b(1.1.1.1):2"]],
  ["hostaddr=1.1.1.1,::1 port=1", ["(1.1.1.1):1", "(::1):1"]],
  ["host=a hostaddr=1.1.1.1,::1", "one hostaddr for each host"],
  ["host=a,b port=1,2,3", "one port, or one for each host"],
  ["host=a,b,c port=1,2", "one port, or one for each host"],
  ["port=1,2", "one port, or one for each host"],
])("%p is %p", (text, expected) => {
  const conninfo = parseConninfo(text);
  if (!conninfo.ok) throw new Error(conninfo.error.message);
  const hosts = splitHosts(conninfo.parameters);
  const shown =
    "expected" in hosts
      ? hosts.expected
      : hosts.map(
          ({ host = "", hostaddr, port = "" }) => `${host}${hostaddr ? `(${hostaddr})` : ""}:${port}`,
        );
  expect(shown).toEqual(expected);
});
