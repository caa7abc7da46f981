/** The encodings of a database (PostgreSQL documentation, "Character Set Support") by the name of the nearest one here. */
const names: Readonly<Record<string, string>> = {
  UTF8: "utf-8",
  LATIN1: "windows-1252",
  LATIN2: "iso-8859-2",
  LATIN3: "iso-8859-3",
  LATIN4: "iso-8859-4",
  LATIN5: "windows-1254",
  LATIN6: "iso-8859-10",
  LATIN7: "iso-8859-13",
  LATIN8: "iso-8859-14",
  LATIN9: "iso-8859-15",
  LATIN10: "iso-8859-16",
  ISO_8859_5: "iso-8859-5",
  ISO_8859_6: "iso-8859-6",
  ISO_8859_7: "iso-8859-7",
  ISO_8859_8: "iso-8859-8",
  WIN866: "ibm866",
  WIN874: "windows-874",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  WIN1253: "windows-1253",
  WIN1254: "windows-1254",
  WIN1255: "windows-1255",
  WIN1256: "windows-1256",
  WIN1257: "windows-1257",
  WIN1258: "windows-1258",
  KOI8R: "koi8-r",
  KOI8U: "koi8-u",
  EUC_CN: "gbk",
  EUC_KR: "euc-kr",
  EUC_JP: "euc-jp",
};

/** Where that one is not the same (https://encoding.spec.whatwg.org): control characters, which must not be drawn as letters. */
const otherwise: Readonly<Record<string, (byte: string) => string | null>> = {
  LATIN1: (byte) => (byte <= "\x9f" ? byte : null),
  LATIN5: (byte) => (byte <= "\x9f" ? byte : null),
  KOI8U: (byte) => (byte === "\xae" ? "╝" : byte === "\xbe" ? "╬" : null),
};

const made = new Map<string, TextDecoder>();

/** The strict decoder of a database's encoding; null when there is none, as for SQL_ASCII. */
function decoderOf(encoding: string): TextDecoder | null {
  const name = Object.hasOwn(names, encoding) ? names[encoding] : undefined;
  if (name === undefined) return null;
  // The runtime knows all of them, its types only three.
  const decoder = made.get(name) ?? new TextDecoder(name as "utf-8", { fatal: true, ignoreBOM: true });
  made.set(name, decoder);
  return decoder;
}

/** The text as the server would read its bytes: in these encodings each is a character. */
function asServer(text: string, bytes: string, encoding: string): string {
  const other = Object.hasOwn(otherwise, encoding) ? otherwise[encoding] : undefined;
  return other ? Array.from(text, (shown, at) => other(bytes.charAt(at)) ?? shown).join("") : text;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const beyondAscii = /[\x80-\xff]/;

/**
 * Text from bytes, which come as characters of their numbers (latin1): by the first of `encodings` in which they are
 * valid, else as UTF-8 with U+FFFD for invalid bytes. The names are those of pg_encoding_to_char().
 */
export function decodeBytes(bytes: string, encodings: readonly (string | null)[]): string {
  if (!beyondAscii.test(bytes)) return bytes;
  const array = Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
  for (const encoding of encodings) {
    const decoder = encoding === null ? null : decoderOf(encoding);
    try {
      if (decoder) return asServer(decoder.decode(array), bytes, encoding ?? "");
    } catch {
      // They are in another encoding.
    }
  }
  return lenient.decode(array);
}
