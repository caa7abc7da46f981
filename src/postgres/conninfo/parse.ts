import { type ConninfoParameters, isKeyword, type Keyword } from "./keywords.ts";

/** What is wrong with a connection string. The message quotes nothing of it: any piece may be the password. */
export type ConninfoError = {
  readonly message: string;
  /** Where in the text, in UTF-16 units from 0. */
  readonly position: number;
};

export type Conninfo =
  | {
      readonly ok: true;
      readonly parameters: ConninfoParameters;
      /** Where each begins in the text, in UTF-16 units from 0. */
      readonly positions: Positions;
    }
  | { readonly ok: false; readonly error: ConninfoError };

export type Positions = { readonly [keyword in Keyword]?: number };

class Refused extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/**
 * What a parameter that libpq does not know means: one that it knows, nothing, or null for an error. The value is null
 * where a URI has none.
 */
export type OtherParameters = (
  name: string,
  value: string | null,
) => { readonly keyword: Keyword; readonly text: string } | "left out" | null;

const noOthers: OtherParameters = () => null;

/**
 * Reads a connection URI or a keyword string by the rules of libpq 18 (section "Connection Strings"), and by those of
 * `others` where libpq knows no such parameter. Values are not judged here: that is checkParameters in conninfo.ts.
 * @param equalsInValues whether a value in a URI's query may hold "=", as everywhere but in libpq
 */
export function parseConninfo(
  text: string,
  others: OtherParameters = noOthers,
  equalsInValues: "refused" | "kept" = "refused",
): Conninfo {
  try {
    const nul = text.indexOf("\0");
    if (nul >= 0) throw new Refused("a NUL character is not allowed", nul);
    const scheme = /^postgres(?:ql)?:\/\//.exec(text)?.[0];
    const found =
      scheme === undefined
        ? parseKeywords(new Cursor(text, 0), others)
        : parseUri(new Cursor(text, scheme.length), others, equalsInValues);
    return { ok: true, ...found };
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return { ok: false, error: { message: cause.message, position: cause.position } };
  }
}

class Cursor {
  readonly text: string;
  at: number;

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  sees(pattern: RegExp): boolean {
    return pattern.test(this.text.slice(this.at));
  }

  /** Steps over what matches here, which may be nothing, and returns it. */
  take(pattern: RegExp): string {
    const sticky = new RegExp(pattern, "ys");
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0] ?? "";
    this.at += found.length;
    return found;
  }
}

// What isspace() accepts in the C locale.
const blanks = /[ \t\n\v\f\r]*/;

function parseKeywords(cursor: Cursor, others: OtherParameters): Found {
  const found: Found = { parameters: {}, positions: {} };
  for (cursor.take(blanks); !cursor.done; cursor.take(blanks)) {
    const start = cursor.at;
    const keyword = cursor.take(/[^= \t\n\v\f\r]*/);
    cursor.take(blanks);
    if (!cursor.take(/=/)) throw new Refused('a keyword without "=" after it', start);
    if (others === noOthers && !isKnown(keyword)) throw new Refused("an unknown keyword", start);
    cursor.take(blanks);
    const quote = cursor.take(/'/);
    const value = cursor.take(quote ? /(?:[^'\\]|\\.)*/ : /(?:[^ \t\n\v\f\r\\]|\\.?)*/);
    if (quote && !cursor.take(/'/)) throw new Refused("a quoted value that does not end", start);
    const text = value.replace(/\\(.?)/gs, "$1");
    if (isKnown(keyword)) put(found, keyword, text, start);
    else if (!putOther(found, others(keyword, text), start)) throw new Refused("an unknown keyword", start);
  }
  return found;
}

// What sslmode was before 8.0; libpq still translates it.
const oldKeyword = "requiressl";

type Found = {
  readonly parameters: { [keyword in Keyword]?: string };
  readonly positions: { [keyword in Keyword]?: number };
};

function put(found: Found, given: Keyword | typeof oldKeyword, text: string, position: number): void {
  const keyword = given === oldKeyword ? "sslmode" : given;
  const value = given !== oldKeyword ? text : text.startsWith("1") ? "require" : "prefer";
  found.parameters[keyword] = value;
  found.positions[keyword] = position;
}

function isKnown(name: string): name is Keyword | typeof oldKeyword {
  return isKeyword(name) || name === oldKeyword;
}

/** Whether a parameter of another program meant anything. What libpq's own names give goes before it. */
function putOther(found: Found, other: ReturnType<OtherParameters>, position: number): boolean {
  if (other === null) return false;
  if (other !== "left out" && found.parameters[other.keyword] === undefined)
    put(found, other.keyword, other.text, position);
  return true;
}

function parseUri(cursor: Cursor, others: OtherParameters, equals: "refused" | "kept"): Found {
  const found: Found = { parameters: {}, positions: {} };
  const store = (keyword: Keyword, value: string, position = cursor.at - value.length) => {
    if (value !== "") put(found, keyword, decode(value, position), position);
  };

  // libpq ends the user and password at the first "@", and looks for it only before the first "/".
  if (cursor.sees(/^[^@/]*@/)) {
    store("user", cursor.take(/[^:@]*/));
    if (cursor.take(/:/)) store("password", cursor.take(/[^@]*/));
    cursor.take(/@/);
  }

  const hosts: string[] = [];
  const ports: string[] = [];
  const hostsAt = cursor.at;
  let portsAt: number | undefined;
  do {
    if (cursor.take(/\[/)) {
      const address = cursor.take(/[^\]]*/);
      if (address === "" || !cursor.take(/\]/))
        throw new Refused("an IPv6 address that is empty or lacks its closing bracket", cursor.at);
      if (!cursor.sees(/^(?:[:/?,]|$)/))
        throw new Refused("something other than a port or path after an IPv6 address", cursor.at);
      hosts.push(address);
    } else hosts.push(cursor.take(/[^:/?,]*/));
    if (cursor.take(/:/)) {
      portsAt ??= cursor.at;
      ports.push(cursor.take(/[^/?,]*/));
    } else ports.push("");
  } while (cursor.take(/,/));
  store("host", hosts.join(","), hostsAt);
  store("port", ports.join(","), portsAt ?? hostsAt);

  if (cursor.take(/\//)) store("dbname", cursor.take(/[^?]*/));
  if (cursor.take(/\?/)) {
    while (!cursor.done) {
      const entryAt = cursor.at;
      const [name = "", value] = cursor.take(/[^&]*/).split(/=(.*)/s);
      if (value === undefined) {
        if (!putOther(found, others(decode(name, entryAt), null), entryAt))
          throw new Refused('a query parameter without "="', entryAt);
        cursor.take(/&/);
        continue;
      }
      if (equals === "refused" && value.includes("="))
        throw new Refused('a second "=" in a query parameter', entryAt);
      let keyword = decode(name, entryAt);
      let text = decode(value, entryAt + name.length + 1);
      // JDBC's spelling, which libpq accepts too. Where it is JDBC's or another's, it takes nothing from an sslmode.
      if (others === noOthers && keyword === "ssl" && text === "true")
        [keyword, text] = ["sslmode", "require"];
      if (isKnown(keyword)) put(found, keyword, text, entryAt);
      else if (!putOther(found, others(keyword, text), entryAt))
        throw new Refused("an unknown query parameter", entryAt);
      cursor.take(/&/);
    }
  }
  return found;
}

/** Percent-decoding; like libpq 18 it drops blanks at the ends and refuses them within. */
function decode(text: string, position: number): string {
  const trimmed = text.replace(/^ +| +$/g, "");
  if (trimmed.includes(" ")) throw new Refused("a blank, which a URI writes as %20", position);
  if (/%(?![0-9a-fA-F]{2})/.test(trimmed))
    throw new Refused("a % that is not followed by two hexadecimal digits (a % itself is %25)", position);
  if (trimmed.includes("%00")) throw new Refused("a NUL character (%00)", position);
  try {
    return decodeURIComponent(trimmed);
  } catch {
    throw new Refused("percent-encoded bytes that are not UTF-8", position);
  }
}
