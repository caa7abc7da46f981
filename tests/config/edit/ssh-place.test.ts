import { expect, test } from "bun:test";
import { parseSshPlace, printSshPlace } from "../../../src/config/edit/ssh-place.ts";

test.each([
  ["bastion", "bastion", null, null],
  ["deploy@bastion.example.com", "bastion.example.com", "deploy", null],
  ["bastion:2222", "bastion", null, 2222],
  ["deploy@10.0.0.1:22", "10.0.0.1", "deploy", 22],
  ["fe80::1%eth0", "fe80::1%eth0", null, null],
  ["me@[::1]:2222", "::1", "me", 2222],
  ["$" + "{BASTION}", "$" + "{BASTION}", null, null],
  ["none", "none", null, null],
] as const)("%s is a place and is printed as such", (text, host, user, port) => {
  expect(parseSshPlace(text)).toEqual({ host, user, port });
  expect(printSshPlace({ host, user, port })).toBe(text);
});

test.each([
  "",
  "-oProxyCommand=x",
  "a b",
  "-me@host",
  "@host",
  "host:0",
  "host:70000",
  "host:x",
  "a@b@c",
  "[::1",
  "a;b",
])("%p is none", (text) => expect(parseSshPlace(text)).toBeNull());
