import { expect, test } from "bun:test";
import { decodeBytes } from "../../../src/postgres/encoding.ts";
import { serversForTests } from "../../support/servers/servers.ts";

const servers = serversForTests();
const names =
  "LATIN1 LATIN2 LATIN3 LATIN4 LATIN5 LATIN6 LATIN7 LATIN8 LATIN9 LATIN10 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 " +
  "WIN866 WIN874 WIN1250 WIN1251 WIN1252 WIN1253 WIN1254 WIN1255 WIN1256 WIN1257 WIN1258 KOI8R KOI8U EUC_CN EUC_KR EUC_JP";

test("bytes of each encoding are the characters that the server takes them for", async () => {
  const server = await servers.lone("decodes");
  // What is no character of the encoding fails there.
  await server.query(`create function decoded(bytea, name) returns text language plpgsql as $$
    begin return convert_from($1, $2); exception when others then return null; end$$`);
  const different: string[] = [];
  for (const name of names.split(" ")) {
    const sql = name.startsWith("EUC")
      ? `select encode(b, 'hex') as hex, decoded(b, '${name}') as text from generate_series(161, 254) as n,
          generate_series(161, 254) as m, lateral (select set_byte(set_byte('xx'::bytea, 0, n), 1, m) as b) as b`
      : `select encode(b, 'hex') as hex, decoded(b, '${name}') as text from generate_series(128, 255) as n,
          lateral (select set_byte('x'::bytea, 0, n) as b) as b`;
    for (const { hex, text } of await server.query<{ hex: string; text: string | null }>(sql)) {
      if (text === null) continue;
      const bytes = Buffer.from(hex, "hex").toString("latin1");
      const shown = decodeBytes(bytes, [name]);
      if (shown !== text) different.push(`${name} ${hex}: ${text} is ${shown}`);
    }
  }
  // Signs that the runtime's tables have otherwise, or not at all.
  expect(different).toEqual([
    "EUC_CN a1a4: ・ is ·",
    "EUC_CN a1aa: ― is —",
    "EUC_KR a2e8: ㉾ is \ufffd\ufffd",
  ]);
}, 60_000);
