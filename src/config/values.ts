import type { ThresholdUnit } from "../stats/thresholds.ts";
import { parseDuration, parsePercent, parseSize, printDuration, printSize } from "../text/units.ts";

/** A kind of value: how it is read from YAML, a flag or a variable, and how it is described and printed. */
export type Kind<T> = {
  readonly expected: string;
  readonly example: string;
  /** Which wrong values may be shown in an error: other text may be a password in the wrong line. */
  readonly shown: RegExp | null;
  /** The value; undefined when it is not of this kind. */
  readonly parse: (given: unknown) => T | undefined;
  readonly print: (value: T) => string;
  /** What an editor takes for right, in JSON Schema. It may be more than `parse` takes, never less. */
  readonly json: JsonSchema;
};

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Text of this form, or with a variable in it. */
function textLike(pattern: string): JsonSchema {
  return { type: "string", pattern: `^\\s*(?:${pattern})\\s*$|\\$\\{` };
}

const durationText = textLike("\\d+(?:\\.\\d+)?\\s*(?:ms|s|min|h|d)");
const variableText: JsonSchema = { type: "string", pattern: "\\$\\{" };
const filledText: JsonSchema = { type: "string", minLength: 1 };

const plain = /^(?:-?[\d.]+ ?[A-Za-z%]{0,5}|[a-z-]{1,16})$/;

/** Milliseconds between `minMs` and `maxMs`, written with a unit. */
export function duration(minMs: number, maxMs: number): Kind<number> {
  return {
    expected: `a time with its unit from ${printDuration(minMs)} to ${printDuration(maxMs)}`,
    example: printDuration(Math.max(minMs, 1000)),
    shown: plain,
    parse: (given) => within(typeof given === "string" ? parseDuration(given) : null, minMs, maxMs),
    print: printDuration,
    json: durationText,
  };
}

export function integer(min: number, max: number, example: number): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}`,
    example: String(example),
    shown: /^-?[\d.]+$/,
    parse: (given) => within(toInteger(given), min, max),
    print: String,
    json: { anyOf: [{ type: "integer", minimum: min, maximum: max }, textLike("\\d+")] },
  };
}

export function choice<const T extends string>(names: readonly T[], example: NoInfer<T>): Kind<T> {
  return {
    expected: `one of ${names.join(", ")}`,
    example,
    shown: plain,
    parse: (given) => names.find((name) => name === given),
    print: (name) => name,
    json: { anyOf: [{ enum: names }, variableText] },
  };
}

export const boolean: Kind<boolean> = {
  expected: "true or false",
  example: "true",
  shown: plain,
  // A variable, from the environment or filled in, can only be text.
  parse: (given) =>
    given === true || given === "true" ? true : given === false || given === "false" ? false : undefined,
  print: String,
  json: { anyOf: [{ type: "boolean" }, textLike("true|false")] },
};

/** Text that is not empty and fits on a line. */
export function text(expected: string, example: string): Kind<string> {
  return {
    expected,
    example,
    shown: null,
    parse: (given) => (typeof given === "string" && /^[^\p{Cc}]+$/u.test(given) ? given : undefined),
    print: (value) => value,
    json: filledText,
  };
}

/** Every object of JavaScript has these names: one would be found where a node that is called so is looked for. */
export function isReservedName(name: string): boolean {
  return name in Object.prototype;
}

/** What a node, a cluster or a group is called. */
export function nameLike(expected: string, example: string): Kind<string> {
  const kind = text(expected, example);
  const parse = (given: unknown) => {
    const name = kind.parse(given);
    return name !== undefined && isReservedName(name) ? undefined : name;
  };
  return { ...kind, parse };
}

/** Text of which every character counts, such as a password. No string of libpq's can hold a NUL. */
export function exactText(expected: string, example: string): Kind<string> {
  return {
    expected,
    example,
    shown: null,
    parse: (given) =>
      typeof given === "string" && given !== "" && !given.includes("\0") ? given : undefined,
    print: () => "***",
    json: filledText,
  };
}

/** A program and its arguments, and for how long its answer counts; null is until the server refuses it. */
export type Command = { readonly argv: readonly string[]; readonly ttlMs: number | null };

const words: JsonSchema = { type: "array", items: { type: "string" }, minItems: 1 };

/** A list of words, or `{ argv, ttl }`. */
export const command: Kind<Command> = {
  expected: "a list of a program and its arguments, or { argv, ttl }",
  example: '["vault", "read", "-field=password", "database/creds/monitor"]',
  shown: null,
  parse: (given) => {
    const fields: Readonly<Record<string, unknown>> = Array.isArray(given) ? { argv: given } : asMap(given);
    const { argv, ttl } = fields;
    if (Object.keys(fields).some((key) => key !== "argv" && key !== "ttl") || !isWords(argv))
      return undefined;
    if (ttl === undefined) return { argv, ttlMs: null };
    const ttlMs = typeof ttl === "string" ? parseDuration(ttl) : null;
    return ttlMs === null || ttlMs <= 0 ? undefined : { argv, ttlMs };
  },
  print: () => "***",
  json: {
    anyOf: [
      words,
      {
        type: "object",
        properties: { argv: words, ttl: durationText },
        required: ["argv"],
        additionalProperties: false,
      },
    ],
  },
};

/** A program with its arguments, or without any: no shell takes a line apart. */
export const program: Kind<readonly string[]> = {
  expected: "a list of a program and its arguments, or a program alone",
  example: '["/usr/local/bin/members", "orders"]',
  shown: null,
  parse: (given) => {
    const argv = typeof given === "string" && !/\s/.test(given) ? [given] : given;
    return isWords(argv) ? argv : undefined;
  },
  print: () => "***",
  json: { anyOf: [words, { type: "string", pattern: "^\\S+$" }] },
};

function asMap(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null ? { ...given } : {};
}

function isWords(given: unknown): given is readonly string[] {
  return (
    Array.isArray(given) &&
    given.every((word) => typeof word === "string" && !word.includes("\0")) &&
    Boolean(given[0])
  );
}

/** A threshold's level in the unit of its rule; null, written `off`, switches it off. */
export function level(unit: ThresholdUnit): Kind<number | null> {
  const { expected, example, parse, print, json } = levels[unit];
  const least = unit === "number" ? -Number.MAX_VALUE : 0;
  return {
    expected: `${expected}, or off`,
    example,
    shown: plain,
    parse: (given) =>
      given === "off" || given === null ? null : within(parse(given), least, Number.MAX_VALUE),
    print: (value) => (value === null ? "off" : print(value)),
    json: { anyOf: [{ enum: ["off", null] }, json] },
  };
}

/** For how long a level must hold before it alarms. */
export const holdTime: Kind<number> = duration(0, 86_400_000);

type Level = {
  readonly expected: string;
  readonly example: string;
  readonly parse: (given: unknown) => number | null;
  readonly print: (value: number) => string;
  readonly json: JsonSchema;
};

const levels: Readonly<Record<ThresholdUnit, Level>> = {
  seconds: {
    expected: "a time with its unit",
    example: "30s",
    parse: (given) => {
      const ms = typeof given === "string" ? parseDuration(given) : null;
      return ms === null ? null : ms / 1000;
    },
    print: (seconds) => printDuration(seconds * 1000),
    json: durationText,
  },
  bytes: {
    expected: "a size with its unit",
    example: "256MB",
    parse: (given) => (typeof given === "string" ? parseSize(given) : null),
    print: printSize,
    json: textLike("\\d+(?:\\.\\d+)?\\s*(?:B|kB|MB|GB|TB)"),
  },
  percent: {
    expected: "a share from 0% to 100%",
    example: "80%",
    parse: (given) => within(typeof given === "string" ? parsePercent(given) : null, 0, 100) ?? null,
    print: (share) => `${share}%`,
    json: textLike("\\d+(?:\\.\\d+)?\\s*%"),
  },
  count: {
    expected: "a whole number, such as 5, 20k or 10M",
    example: "5",
    parse: toCount,
    print: printCounted,
    json: { anyOf: [{ type: "integer", minimum: 0 }, textLike("\\d+[kMG]?")] },
  },
  number: {
    expected: "a number, such as 5, 0.5 or 20k",
    example: "0.5",
    parse: toNumber,
    print: (value) => `${value}`,
    json: { anyOf: [{ type: "number" }, textLike("-?\\d+(?:\\.\\d+)?[kMG]?")] },
  },
  state: {
    expected: "on",
    example: "on",
    // YAML 1.1 reads the word as true, and so do people.
    parse: (given) => (given === "on" || given === true || given === "true" ? 1 : null),
    print: () => "on",
    json: { anyOf: [{ enum: ["on", true] }, variableText] },
  },
};

const thousands: readonly (readonly [string, number])[] = [
  ["G", 1e9],
  ["M", 1e6],
  ["k", 1e3],
  ["", 1],
];

const worthOf = (unit: string | undefined) => thousands.find(([name]) => name === unit)?.[1] ?? 1;

function toCount(given: unknown): number | null {
  const [, digits, unit] = (typeof given === "string" && /^(\d{1,15})([kMG]?)$/.exec(given)) || [];
  if (digits === undefined) return toInteger(given);
  return toInteger(Number(digits) * worthOf(unit));
}

function toNumber(given: unknown): number | null {
  const [, digits, unit] =
    (typeof given === "string" && /^(-?\d{1,15}(?:\.\d{1,15})?)([kMG]?)$/.exec(given)) || [];
  if (digits === undefined) return typeof given === "number" && Number.isFinite(given) ? given : null;
  return Number(digits) * worthOf(unit);
}

function printCounted(value: number): string {
  const [unit, worth] = thousands.find(([, each]) => value > 0 && value % each === 0) ?? ["", 1];
  return `${value / worth}${unit}`;
}

function toInteger(given: unknown): number | null {
  const number = typeof given === "string" && /^\d{1,15}$/.test(given) ? Number(given) : given;
  return Number.isSafeInteger(number) ? Number(number) : null;
}

function within(value: number | null, min: number, max: number): number | undefined {
  return value !== null && value >= min && value <= max ? value : undefined;
}
