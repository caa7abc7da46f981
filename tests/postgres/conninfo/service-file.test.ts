import { expect, test } from "bun:test";
import { findService } from "../../../src/postgres/conninfo/service-file.ts";

test.each<[string, object | null]>([
  ["[a]\nhost=h\nport=5433", { host: "h", port: "5433" }],
  ["# c\n\n  [a]  \n  host=h  \r\n", { host: "h" }],
  ["[b]\nhost=b\n[a]\nhost=a\n[c]\nhost=c", { host: "a" }],
  ["[a]\nhost=1\n[a]\nhost=2", { host: "1" }],
  ["[a]\nhost=1\nhost=2", { host: "1" }],
  ["[a]\nhost='quoted'", { host: "'quoted'" }],
  ["[a]\noptions=-c geqo=off", { options: "-c geqo=off" }],
  ["[a]\nhost= h", { host: " h" }],
  ["[a]\npassword=", { password: "" }],
  ["[a]", {}],
  ["[A]\nhost=h", null],
  ["[ab]\nhost=h", null],
  ["[b]\nnonsense\n[a]\nhost=h", { host: "h" }],
  ["[a]\nhost=h\n[b]\nnonsense", { host: "h" }],
  ["", null],
])("%p gives %p", (text, parameters) => {
  const found = findService(text, "a");
  expect(found.ok && found.service?.parameters).toEqual(parameters ?? undefined);
  expect(found).toMatchObject({ ok: true });
});

test("tells the line of each parameter", () => {
  expect(findService("[b]\nhost=b\n[a]\n# a\nhost=h\nport=1\nhost=again", "a")).toMatchObject({
    service: { lines: { host: 5, port: 6 } },
  });
});

test.each([
  ["[a]\nhost", 2, "without"],
  ["[a]\n\nhost =h", 3, "unknown"],
  ["[a]\nhots=h", 2, "unknown"],
  ["[a]\nservice=b", 2, "within"],
  ["[a]\nservicefile=b", 2, "within"],
])("%p is refused at line %d", (text, line, why) => {
  expect(findService(text, "a")).toMatchObject({ ok: false, line, why: expect.stringContaining(why) });
});
