import { expect, test } from "bun:test";
import { receiverHost, receiverName } from "../../src/postgres/receiver-conninfo.ts";

const shown = (more: string) =>
  `user=repl password=******** channel_binding=prefer dbname=replication ${more} sslmode=prefer`;

test("the name is the one that was given, or else what stands in for it", () => {
  const fallback = "host=db1 port=5432 fallback_application_name=walreceiver";
  expect(receiverName(shown(fallback))).toBe("walreceiver");
  expect(receiverName(shown(`application_name=orders 2 ${fallback}`))).toBe("orders 2");
  expect(receiverName(shown("host=db1"))).toBeNull();
});

test("the host is told with its port, and not where it is one of several", () => {
  expect(receiverHost(shown("host=db1 port=5432"))).toEqual({ host: "db1", port: 5432 });
  expect(receiverHost(shown("hostaddr=10.0.0.1 port=5433"))).toEqual({ host: "10.0.0.1", port: 5433 });
  expect(receiverHost(shown("host=/tmp/my socket port=5432"))).toEqual({
    host: "/tmp/my socket",
    port: 5432,
  });
  expect(receiverHost(shown("host=db1,db2 port=5432,5432"))).toBeNull();
  expect(receiverHost("")).toBeNull();
});
