import { expect, test } from "bun:test";
import { maskPasswords } from "../../../src/postgres/conninfo/mask.ts";

const cases: [string, string][] = [
  ["postgres://app:s3cret@db1/shop", "postgres://app:******@db1/shop"],
  ["postgresql://app:s3c", "postgresql://app:***"],
  ["postgresql://app:é👍@[::1]:5433", "postgresql://app:**@[::1]:5433"],
  ["postgres://db1:5432/shop", "postgres://db1:5432/shop"],
  ["postgres://app:12345@db1/shop", "postgres://app:*****@db1/shop"],
  ["postgres://db1:5432,db2:5433/shop", "postgres://db1:5432,db2:5433/shop"],
  [
    "postgres://db1/shop?user=app&password=s3cret&sslmode=require",
    "postgres://db1/shop?user=app&password=******&sslmode=require",
  ],
  ["host=db1 password=s3cret user=app", "host=db1 password=****** user=app"],
  ["host=db1 password = 'two words' user=app", "host=db1 password = *********** user=app"],
  ["host=db1 password='not ended", "host=db1 password=**********"],
  ["sslkey=k sslpassword=s3cret", "sslkey=k sslpassword=******"],
  ["PGPASSWORD=s3cret psql -h db1", "PGPASSWORD=****** psql -h db1"],
  ["psql 'postgres://app:s3cret@db1/shop'", "psql 'postgres://app:******@db1/shop'"],
  [`postgres://app:a'b"c%5C@db1/shop`, "postgres://app:********@db1/shop"],
  ["postgres://app:two words@db1/shop", "postgres://app:*********@db1/shop"],
  [`host=db1 password=a'b"c&d user=app`, "host=db1 password=******* user=app"],
  ["host=db1 password=a\\ b user=app", "host=db1 password=**** user=app"],
  [`PGPASSWORD=a'b c'"d e" psql -h db1`, "PGPASSWORD=*********** psql -h db1"],
  ["psql 'host=db1 password=s3cret' -U app", "psql 'host=db1 password=******* -U app"],
  ["DATABASE_URL=postgres://app:s3cret@db1/shop", "DATABASE_URL=postgres://app:******@db1/shop"],
  ["postgresql+psycopg2://app:s3cret@db1/shop", "postgresql+psycopg2://app:******@db1/shop"],
  ["Host=h;Password=a b;Port=1", "Host=h;Password=**********"],
  ["Host=h;Pwd={a;b};UID=u", "Host=h;Pwd=***********"],
  ['Host=h;SSL Password="a;b c";Port=1', "Host=h;SSL Password=**************"],
  ["Password=a b;Host=h", "Password=**********"],
  ["Host=h;Password=a b", "Host=h;Password=***"],
  ["jdbc:postgresql://db1:5432/shop?password=s3cret", "jdbc:postgresql://db1:5432/shop?password=******"],
  ["Host=db1;Password=s3cret;Port=5432", "Host=db1;Password=****************"],
  ["DB_PASSWORD=s3cret", "DB_PASSWORD=******"],
  ["postgres://app:p@ss/w@rd@db1:5432/shop", "postgres://app:*********@db1:5432/shop"],
  ["postgres://app:123/4@db1/shop", "postgres://app:*****@db1/shop"],
  ["postgres://db1:5432/shop?user=app@corp", "postgres://db1:5432/shop?user=app@corp"],
  ["", ""],
];

test.each(cases)("%s", (text, masked) => {
  expect(maskPasswords(text)).toBe(masked);
});
