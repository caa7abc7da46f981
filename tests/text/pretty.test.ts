import { expect, test } from "bun:test";
import {
  printAge,
  printBytes,
  printCount,
  printElapsed,
  printPercent,
  printRate,
} from "../../src/text/pretty.ts";

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1.0k"],
  [1234, "1.2k"],
  [12_345, "12k"],
  [999_700, "1.0M"],
  [3_400_000, "3.4M"],
  [12_000_000_000n, "12G"],
  [999_400_000_000_000n, "999T"],
  [9_223_372_036_854_775_807n, "9.2e18"],
])("count %p is %s", (value, printed) => expect<string>(printCount(value)).toBe(printed));

test.each([
  [0, "0"],
  [0.24, "0.2"],
  [9.97, "10"],
  [1234.5, "1.2k"],
])("rate %p is %s", (value, printed) => expect<string>(printRate(value)).toBe(printed));

test.each([
  [0n, "0 B"],
  [1023n, "1023 B"],
  [1024n, "1.0 kB"],
  [851_443_712n, "812 MB"],
  [1_288_490_189n, "1.2 GB"],
])("%p bytes are %s", (value, printed) => expect<string>(printBytes(value)).toBe(printed));

test.each([
  [86.87, "86.9"],
  [90, "90.0"],
  [99.97, "99.9"],
  [100, "100.0"],
])("%p %% are %s", (value, printed) => expect<string>(printPercent(value)).toBe(printed));

test.each([
  [0.4, "0:00"],
  [42, "0:42"],
  [727, "12:07"],
  [10_931, "3:02:11"],
  [41 * 86_400, "41d"],
  [-0.4, "0:00"],
  [-727, "-12:07"],
])("%p s running is %s", (value, printed) => expect<string>(printElapsed(value)).toBe(printed));

test.each([
  [-0.1, "0.0s"],
  [0.44, "0.4s"],
  [41.3, "41s"],
  [9.98, "9.9s"],
  [119.9, "119s"],
  [336, "5m"],
  [720, "12m"],
  [10_800, "3h"],
  [172_799, "47h"],
  [400_000, "4d"],
])("%p s apart is %s", (value, printed) => expect<string>(printAge(value)).toBe(printed));
