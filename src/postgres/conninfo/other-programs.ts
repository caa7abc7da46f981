import { isOwnName, translateParameter } from "./other-parameters.ts";
import { type Conninfo, type ConninfoError, type OtherParameters, parseConninfo } from "./parse.ts";
import { type Pair, semicolonPairs } from "./semicolons.ts";
import { unwrapUri } from "./wrapped-uri.ts";

/** Parameters of another program that mean nothing here. Those whose name may be a part of a password are counted. */
export type LeftOut = { readonly names: readonly string[]; readonly unnamed: number };

export type AnyConninfo =
  | (Extract<Conninfo, { readonly ok: true }> & { readonly leftOut: LeftOut })
  | { readonly ok: false; readonly error: ConninfoError };

/** Reads a string that is none of libpq's: see parseAnyConninfo in any-conninfo.ts, which asks libpq's rules first. */
export function parseOther(text: string, unknown: "refuse" | "leave out"): AnyConninfo {
  const pairs = semicolonPairs(text);
  const arePairs = pairs !== null && isKnown(pairs[0]);
  const wrapped = unwrapUri(text);
  // libpq's own pairs are written by hand: what is not known is a slip.
  const heard = new Others(text, arePairs || wrapped ? unknown : "refuse");
  if (arePairs) return readPairs(pairs, heard);
  if (!wrapped && otherScheme.test(text))
    return { ok: false, error: { message: "a scheme that is not PostgreSQL's", position: 0 } };
  const equals = wrapped?.isForeign ? "kept" : "refused";
  const read = parseConninfo(wrapped?.uri ?? text, heard.translate, equals);
  const shift = wrapped?.shift ?? 0;
  if (!read.ok) return { ok: false, error: heard.explained(read.error, shift) };
  const positions = Object.entries(read.positions).map(([keyword, at]) => [keyword, at + shift] as const);
  return { ...read, positions: Object.fromEntries(positions), leftOut: heard.leftOut };
}

const otherScheme = /^\s*[a-z][a-z\d+.:-]*:\/\//i;

/** The first of libpq's own pairs would have all others in its value. */
function isKnown(pair: Pair | undefined): boolean {
  return (
    pair !== undefined && !/\s\w+\s*=/.test(pair.value) && translateParameter(pair.name, pair.value) !== null
  );
}

function readPairs(pairs: readonly Pair[], heard: Others): AnyConninfo {
  const parameters: Record<string, string> = {};
  const positions: Record<string, number> = {};
  for (const { name, value, position } of pairs) {
    const found = heard.translate(name, value);
    if (found === null)
      return { ok: false, error: heard.explained({ message: "an unknown keyword", position }, 0) };
    if (found === "left out") continue;
    // As in a URI: `SSL=true` takes nothing from an `SSL Mode=VerifyFull`, wherever it stands.
    if (!isOwnName(name) && parameters[found.keyword] !== undefined) continue;
    parameters[found.keyword] = found.text;
    positions[found.keyword] = position;
  }
  const places = parameters["host"]?.split(",").map((host) => /^([^:]*):(\d+)$/.exec(host) ?? [host, host]);
  if (places?.some(([, , port]) => port !== undefined)) {
    const usual = parameters["port"] ?? "";
    parameters["host"] = places.map(([, host]) => host).join(",");
    parameters["port"] = places.map(([, , port]) => port ?? usual).join(",");
  }
  return { ok: true, parameters, positions, leftOut: heard.leftOut };
}

/** Called with each parameter that libpq does not know. */
class Others {
  /** The rest of a password that holds an & or a blank looks like a name, and so may a password that stands alone. */
  readonly #mayHoldSecret: boolean;
  readonly #unknown: "refuse" | "leave out";
  readonly #names: string[] = [];
  #unnamed = 0;
  /** The last unknown one, when it may be named. */
  #refused: string | null = null;

  constructor(text: string, unknown: "refuse" | "leave out") {
    const query = text.indexOf("?");
    this.#mayHoldSecret =
      /(?:password|passwd|pwd|psw|secret|token)\s*=/i.test(text) || (query >= 0 && text.includes("@", query));
    this.#unknown = unknown;
  }

  readonly translate: OtherParameters = (name, value) => {
    const found = translateParameter(name, value ?? "");
    if (found === null) {
      this.#refused = this.#mayBeNamed(name) ? name : null;
      if (this.#unknown === "refuse" || value === null) return null;
      if (this.#refused === null) this.#unnamed += 1;
      else this.#names.push(name);
      return "left out";
    }
    if (found === "left out") this.#names.push(name);
    return found;
  };

  get leftOut(): LeftOut {
    return { names: this.#names, unnamed: this.#unnamed };
  }

  /** The error with the name that was not known, and where it is in the whole text. */
  explained({ message, position }: ConninfoError, shift: number): ConninfoError {
    const isUnknown = message.startsWith("an unknown ") && this.#refused !== null;
    return { message: isUnknown ? `${message} (${this.#refused})` : message, position: position + shift };
  }

  #mayBeNamed(name: string): boolean {
    return !this.#mayHoldSecret && /^[a-z]{2,}(?:[A-Z][a-z]+|_[a-z]+)*$/.test(name);
  }
}
