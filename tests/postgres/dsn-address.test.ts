import { expect, test } from "bun:test";
import { dsnAddress } from "../../src/postgres/dsn-address.ts";

test.each([
  ["host=db1 port=5433 dbname=shop user=repl password='pl anted'", "db1", "5433", "shop"],
  ["postgresql://repl:planted@db1:5433/shop?sslmode=require", "db1", "5433", "shop"],
  ["hostaddr=10.0.0.1 dbname=shop password=planted", "10.0.0.1", null, "shop"],
  ["host=db1,db2 port=5432,5433", "db1,db2", "5432,5433", null],
  ["dbname='host=db1 password=planted'", null, null, "host=db1 password=*******"],
  ["service=orders", null, null, null],
])("of %p only the address is told", (dsn, host, port, dbname) => {
  expect(dsnAddress(dsn)).toEqual({ host, port, dbname });
  expect(JSON.stringify(dsnAddress(dsn))).not.toContain("planted");
});

test.each(["postgresql://repl:pl@nted/x@db1:5433/shop", "host=db1 password=pl anted", "\0", "'"])(
  "of %p nothing is told: a piece of it may be the password",
  (dsn) => {
    expect(dsnAddress(dsn)).toBeNull();
  },
);
