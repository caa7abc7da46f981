import { expect, test } from "bun:test";
import { readAddress, restAddress } from "../../src/config/addresses.ts";

test.each([
  ["db1", "db1", null],
  ["DB1.example.com:5433", "db1.example.com", 5433],
  ["10.0.0.1", "10.0.0.1", null],
  ["10.0.0.1:1", "10.0.0.1", 1],
  ["::1", "::1", null],
  ["fe80::1%eth0", "fe80::1%eth0", null],
  ["[fd00::1]", "fd00::1", null],
  ["[fd00::1]:65535", "fd00::1", 65_535],
])("%p is an address", (text, host, port) => {
  expect(readAddress(text)).toEqual({ host, port });
});

test.each([
  "",
  "a b",
  "a,b",
  "/tmp",
  "@x",
  "-x",
  "a:",
  "a:0",
  "a:65536",
  "a:b",
  "[a]:1",
  "[]",
  "u@h",
  "a:1:2x",
])("%p is none", (text) => {
  expect(readAddress(text)).toBeNull();
});

test.each([
  ["http://db1:8008", "http://db1:8008"],
  ["HTTPS://DB1:8008/", "https://db1:8008"],
  ["http://db1/proxy//", "http://db1/proxy"],
  ["http://[::1]:8008", "http://[::1]:8008"],
])("%p is a REST address", (text, url) => {
  expect(restAddress.parse(text)).toBe(url);
});

test.each([
  "db1:8008",
  "ftp://db1",
  "http://",
  "http://u@h",
  "http://u:p@h",
  "http://:p@h",
  "http://h?x",
  "http://h#x",
  5,
])("%p is none", (given) => {
  expect(restAddress.parse(given)).toBeUndefined();
});
