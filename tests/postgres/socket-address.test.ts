import { expect, test } from "bun:test";
import { socketAddress } from "../../src/postgres/socket-address.ts";

test.each<[string, string | null, object]>([
  ["db1", null, { host: "db1", port: 5432 }],
  ["db1", "10.0.0.1", { host: "10.0.0.1", port: 5432 }],
  ["/tmp", null, { path: "/tmp/.s.PGSQL.5432" }],
  ["/tmp", "10.0.0.1", { host: "10.0.0.1", port: 5432 }],
  ["@db1", null, { path: "\0db1/.s.PGSQL.5432" }],
])("host=%s hostaddr=%s goes to %p", (host, hostaddr, address) => {
  expect<object>(socketAddress({ host, hostaddr, port: 5432 })).toEqual(address);
});
