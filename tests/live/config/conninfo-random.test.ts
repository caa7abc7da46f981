import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConninfo } from "../../../src/postgres/conninfo/conninfo.ts";
import { findPassword } from "../../../src/postgres/conninfo/password-file.ts";
import { findService } from "../../../src/postgres/conninfo/service-file.ts";
import { libpqParser } from "../../support/libpq/libpq.ts";
import { libpqResolutions, libraryOf } from "../../support/libpq/libpq-resolve.ts";
import type { ResolutionCase } from "../../support/libpq/resolution-cases.ts";
import { randomTexts } from "../../support/seeded.ts";
import { serversForTests } from "../../support/servers/servers.ts";

/** Texts that nobody would think of, read by us and by the newest libpq. */
const servers = serversForTests();
const folder = mkdtempSync(join(tmpdir(), "pgparade-random-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const uriPieces = [
  ...[
    "postgres://",
    "u",
    "p",
    "h",
    ":",
    "@",
    "/",
    "?",
    "&",
    "=",
    ",",
    "[",
    "]",
    "::1",
    "1",
    "#",
    "+",
    " ",
    "\t",
  ],
  ...["host", "port", "user", "password", "dbname", "sslmode", "options", "ssl", "true", "requiressl"],
  ...["%20", "%", "%4", "%40", "%C3%A9", "é", "%00", "%zz"],
];
const keywordPieces = [
  ...["host", "port", "user", "password", "dbname", "service", "passfile", "options", "requiressl"],
  ...["=", "=", "=", " ", " ", "'", "''", "\\", "\\'", "\n", "\t", "\v", ",", "a", "1", "é", "@", "/", "%20"],
];

test("40,000 connection strings mean the same, or are refused alike", async () => {
  const libpq = libpqParser(libraryOf((await servers.scratch()).binaries));
  if (!libpq) throw new Error("the servers' binaries have no libpq");
  const texts = [
    ...randomTexts(20_000, uriPieces, 12).map((text) => `postgresql://${text}`),
    ...randomTexts(20_001, keywordPieces, 12),
  ];
  const pairs = texts.map((text) => {
    const conninfo = parseConninfo(text);
    const theirs = libpq(text);
    // A name that is not UTF-8 could not be shown, so it is refused.
    const isText = !JSON.stringify(theirs).includes("\uFFFD");
    return { text, ours: conninfo.ok ? conninfo.parameters : null, libpq: isText ? theirs : null };
  });
  expect(pairs.filter((pair) => !Bun.deepEquals(pair.ours, pair.libpq))).toEqual([]);
  expect(pairs.filter((pair) => pair.libpq !== null).length).toBeGreaterThan(5000);
});

/** A file with the text, for libpq to read. */
function written(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

async function libpqs(cases: readonly ResolutionCase[]) {
  const theirs = await libpqResolutions(libraryOf((await servers.scratch()).binaries), cases);
  if (theirs === null) throw new Error("the servers' binaries have no libpq");
  return theirs;
}

const nowhere = { HOME: folder, PGSYSCONFDIR: join(folder, "none") };

test("1,000 password files give the same password", async () => {
  const key = { host: "127.0.0.1", port: 5432, dbname: "app", user: "ana" };
  const pieces = [
    ...[
      "*",
      ":",
      "127.0.0.1",
      "5432",
      "app",
      "ana",
      "pw",
      "\\",
      "\\:",
      "\n",
      "\r",
      " ",
      "#",
      "é",
      "localhost",
    ],
    ...["*:*:*:*:", "127.0.0.1:5432:app:ana:"],
  ];
  const texts = randomTexts(1000, pieces, 14);
  const theirs = await libpqs(
    texts.map((text, index) => ({
      target: `host=127.0.0.1 dbname=app user=ana passfile=${written(`pass-${index}`, text)}`,
      environment: nowhere,
    })),
  );
  const pairs = texts.map((text, index) => ({
    text,
    ours: findPassword(text, key) ?? "",
    libpq: theirs[index]?.password,
  }));
  expect(pairs.filter((pair) => pair.ours !== pair.libpq)).toEqual([]);
  expect(pairs.filter((pair) => pair.ours !== "").length).toBeGreaterThan(100);
});

test("1,000 service files give the same service, or are refused alike", async () => {
  const pieces = [
    ...["[a]", "[a]\n", "[a]\nhost=/h\n", "[b]", "[", "]", "\n", "\n", "\n", "\r", " ", "\t", "#", "=", "\\"],
    ...["host=/h", "host=/k\n", "user=u", "dbname", "password=p", "'q'", "service=b", "x"],
  ];
  const texts = randomTexts(1001, pieces, 12);
  const theirs = await libpqs(
    texts.map((text, index) => ({
      target: `service=a passfile=${folder}/none`,
      environment: { ...nowhere, PGSERVICEFILE: written(`service-${index}`, text) },
    })),
  );
  const pairs = texts.map((text, index) => {
    const found = findService(text, "a");
    const given = found.ok ? (found.service?.parameters ?? null) : null;
    const libpq = theirs[index] ?? null;
    return {
      text,
      ours: given && [given.host || libpq?.host, given.user || libpq?.user, given.password ?? ""],
      libpq: libpq && [libpq.host, libpq.user, libpq.password],
    };
  });
  expect(pairs.filter((pair) => !Bun.deepEquals(pair.ours, pair.libpq))).toEqual([]);
  expect(pairs.filter((pair) => pair.ours !== null).length).toBeGreaterThan(100);
});
