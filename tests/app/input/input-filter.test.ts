import { describe, expect, test } from "bun:test";
import { InputFilter } from "../../../src/app/input/input-filter.ts";
import { seeded } from "../../support/seeded.ts";

const wait = 150;
const escapeKey = "\u001b[27u";
const cases: [string, string, string][] = [
  ["Up", "\u001b[A", "\u001b[A"],
  ["Up in application mode", "\u001bOA", "\u001b[A"],
  ["Shift-Right", "\u001b[1;2C", "\u001b[C"],
  ["Right with Control", "\u001b[1;5C", "\u001b[C"],
  ["Right with Num Lock, by kitty", "\u001b[1;129:1C", "\u001b[C"],
  ["a released Right, by kitty", "\u001b[1;1:3C", ""],
  ["Page Down", "\u001b[6~", "\u001b[6~"],
  ["Page Up of rxvt with Shift", "\u001b[5$", "\u001b[5~"],
  ["End of rxvt", "\u001b[8~", "\u001b[8~"],
  ["F5", "\u001b[15~", ""],
  ["F1 of the Linux console", "\u001b[[A", ""],
  ["Shift-Tab", "\u001b[Z", "\u001b[Z"],
  ["Enter of the keypad", "\u001bOM", "\r"],
  ["5 of the keypad", "\u001bOu", "5"],
  ["Alt-q", "\u001bq", ""],
  ["Alt-ä", "\u001bä", ""],
  ["Alt-Enter", "\u001b\r", ""],
  ["Alt-Up", "\u001b[1;3A", ""],
  ["Alt-Up of rxvt", "\u001b\u001b[A", ""],
  ["Alt-Up in application mode", "\u001b\u001bOA", ""],
  ["Ctrl-C with Alt", "\u001b\u0003", "\u0003"],
  ["q by kitty", "\u001b[113u", "q"],
  ["Q by kitty", "\u001b[113:81;2u", "Q"],
  ["Shift-q without its other character", "\u001b[113;2u", "Q"],
  ["a key with its text, by kitty", "\u001b[97;;228u", "ä"],
  ["Alt-q by kitty", "\u001b[113;3u", ""],
  ["Super-q by kitty", "\u001b[113;9u", ""],
  ["a released q, by kitty", "\u001b[113;1:3u", ""],
  ["Ctrl-C by kitty", "\u001b[99;5u", "\u0003"],
  ["Ctrl-C by modifyOtherKeys", "\u001b[27;5;99~", "\u0003"],
  ["Alt-q by modifyOtherKeys", "\u001b[27;3;113~", ""],
  ["Escape by kitty", "\u001b[27u", escapeKey],
  ["Enter of the keypad, by kitty", "\u001b[57414u", "\r"],
  ["a key that is only Shift, by kitty", "\u001b[57441;2u", ""],
  ["a character that is none", "\u001b[1114112u", ""],
  ["the focus comes", "\u001b[I", ""],
  ["the focus goes", "\u001b[O", ""],
  ["a mouse report", "\u001b[M !!", ""],
  ["a mouse report with q", "\u001b[Mqqq", ""],
  ["a mouse report of rxvt", "\u001b[32;40;12M", ""],
  ["a mouse report of SGR", "\u001b[<0;12;7m", ""],
  ["device attributes", "\u001b[?62;4;22c", ""],
  ["device attributes, the second kind", "\u001b[>41;354;0c", ""],
  ["the cursor's position", "\u001b[12;40R", ""],
  ["the terminal's state", "\u001b[0n", ""],
  ["a mode's report", "\u001b[?2026;2$y", ""],
  ["an ANSI mode's report", "\u001b[4;2$y", ""],
  ["the window's size", "\u001b[8;40;120t", ""],
  ["flags of kitty's keyboard", "\u001b[?1u", ""],
  ["the terminal's name and version", "\u001bP>|XTerm(370)\u001b\\", ""],
  ["a terminfo answer", "\u001bP1+r544e=787465726d\u001b\\", ""],
  ["the background's colour", "\u001b]11;rgb:1e1e/1e1e/1e1e\u001b\\", ""],
  ["the background's colour, ended by BEL", "\u001b]11;rgb:1e1e/1e1e/1e1e\u0007", ""],
  ["a colour of the palette", "\u001b]4;1;rgb:cdcd/0000/0000\u0007", ""],
  ["the clipboard", "\u001b]52;c;cXE6cQ==\u0007", ""],
  ["an answer of kitty's graphics", "\u001b_Gi=31;OK\u001b\\", ""],
  ["a private message", "\u001b^quit: q\u001b\\", ""],
  ["a string of SOS", "\u001bXquit: q\u001b\\", ""],
  ["a paste", "\u001b[200~a\u001b[Ab é\r\u001b[201~", "\u001b[200~a\u001b[Ab é\r\u001b[201~"],
  ["letters of several bytes", "é👩‍👩‍👧中", "é👩‍👩‍👧中"],
  ["text and control keys", "ab\r\t\u007f\u0003", "ab\r\t\u007f\u0003"],
];

/** Text around what is tested shows that nothing else is lost. */
const wrap = (text: string) => `x${text}y`;

describe("however its bytes are cut, the same comes of", () => {
  test.each(cases)("%s", (_, sent, wanted) => {
    const bytes = new TextEncoder().encode(wrap(sent));
    const got = new Set<string>();
    for (let cut = 0; cut <= bytes.length; cut++) {
      const filter = new InputFilter(wait, wait);
      got.add(filter.push(bytes.subarray(0, cut), 0) + filter.push(bytes.subarray(cut), 10));
    }
    const one = new InputFilter(wait, wait);
    got.add([...bytes].map((byte, at) => one.push(new Uint8Array([byte]), at)).join(""));
    expect([...got]).toEqual([wrap(wanted)]);
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);

/** A text in two pieces, by each of its cuts. */
function cuts(text: string): [Uint8Array, Uint8Array][] {
  const all = bytes(text);
  return Array.from({ length: all.length - 1 }, (_, at) => [all.subarray(0, at + 1), all.subarray(at + 1)]);
}

/** Sends pieces with a pause before each but the first, and lets time pass where something waits. */
function sendSlowly(pieces: readonly Uint8Array[], pauseMs: number): string {
  const filter = new InputFilter(wait, wait);
  let out = "";
  let nowMs = 0;
  for (const [at, piece] of pieces.entries()) {
    const { dueMs } = filter;
    if (at > 0 && dueMs !== null && dueMs <= pauseMs) out += filter.expire(nowMs + dueMs);
    if (at > 0) nowMs += pauseMs;
    out += filter.push(piece, nowMs);
  }
  return out + filter.expire(nowMs + 10_000);
}

/** Sequences that a tail can be told by: not two keys in one, and not what a user may have typed after Escape. */
const sequences = cases.filter(([, sent]) => /^\u001b(\[[^[]|[\]P_]|O[A-M])/.test(sent));

describe("with a pause at any cut", () => {
  test.each(sequences)("shorter than the wait for Escape, %s is what it is", (_, sent, wanted) => {
    for (const pieces of cuts(sent)) expect(sendSlowly(pieces, 100)).toBe(wanted);
  });

  test.each(sequences)(
    "longer than that, %s is what it is, or Escape and nothing typed",
    (_, sent, wanted) => {
      const [afterEscape, ...rest] = cuts(sent).map((pieces) => sendSlowly(pieces, 900));
      expect(afterEscape).toBe(escapeKey + (wanted.startsWith("\u001b[200~") ? wanted : ""));
      expect(new Set(rest)).toEqual(new Set([wanted]));
    },
  );

  test("every byte for itself is one sequence", () => {
    for (const [, sent, wanted] of sequences)
      expect(
        sendSlowly(
          [...bytes(sent)].map((byte) => new Uint8Array([byte])),
          100,
        ),
      ).toBe(wanted);
  });
});

describe("a user who types", () => {
  const type = (pauseMs: number, ...keys: string[]) => sendSlowly(keys.map(bytes), pauseMs);

  test.each([
    ["Escape", ["\u001b"], escapeKey],
    ["Escape and q", ["\u001b", "q"], `${escapeKey}q`],
    ["Escape twice", ["\u001b", "\u001b"], escapeKey + escapeKey],
    ["Escape and Up", ["\u001b", "\u001b[A"], `${escapeKey}\u001b[A`],
    ["Escape and a bracket", ["\u001b", "["], `${escapeKey}[`],
    ["Escape and two brackets", ["\u001b", "[["], `${escapeKey}[[`],
    ["Escape, a bracket and j", ["\u001b", "[", "j"], `${escapeKey}[j`],
    ["Escape, the other bracket and j", ["\u001b", "]", "j"], `${escapeKey}]j`],
    ["Escape, an underscore and j", ["\u001b", "_", "j"], `${escapeKey}_j`],
    ["Escape, O and n", ["\u001b", "O", "n"], `${escapeKey}On`],
    ["Escape and Ctrl-C", ["\u001b", "\u0003"], `${escapeKey}\u0003`],
    ["Alt-[ and then j, of which one is lost, and k", ["\u001b[", "j", "k"], "k"],
    ["Alt-] and then j", ["\u001b]", "j"], "j"],
  ])("%s", (_, keys, wanted) => {
    for (const pauseMs of [60, 120, 200, 600]) expect(type(pauseMs, ...keys)).toBe(wanted);
  });

  test("is not kept waiting by what was Escape for certain", () => {
    const filter = new InputFilter(wait, wait);
    expect(filter.push(bytes("\u001b"), 0)).toBe("");
    expect(filter.push(bytes("j"), 60)).toBe(`${escapeKey}j`);
    expect(filter.dueMs).toBeNull();
  });

  test("gets out of a sequence or a paste that was cut for good", () => {
    for (const open of ["\u001b[1;", "\u001b]11;rgb:", "\u001bP1+r", "\u001b[M"]) {
      const filter = new InputFilter(wait, wait);
      expect(filter.push(bytes(open), 0)).toBe("");
      expect(filter.push(bytes("j"), 6000)).toBe("j");
    }
    const filter = new InputFilter(wait, wait);
    filter.push(bytes("\u001b[200~abc"), 0);
    expect(filter.push(bytes("\u0003"), 10)).toBe("\u0003");
  });
});

test("a tail is swallowed seconds later, but not when another key came between", () => {
  for (const [keys, wanted] of [
    ["", ""],
    ["j", "[B"],
  ] as const) {
    const filter = new InputFilter(wait, wait);
    filter.push(bytes("\u001b"), 0);
    filter.expire(wait);
    filter.push(bytes(keys), 2000);
    expect(filter.push(bytes("[B"), 4000)).toBe(wanted);
  }
});

test("a line that is slow once is waited for longer", () => {
  const filter = new InputFilter(wait, 500);
  filter.push(bytes("\u001b"), 0);
  expect(filter.expire(wait)).toBe(escapeKey);
  expect(filter.push(bytes("[B"), 300)).toBe("");
  filter.push(bytes("\u001b"), 1000);
  expect(filter.dueMs).toBe(500);
  expect(filter.push(bytes("[B"), 1400)).toBe("\u001b[B");
});

test("whatever comes, only whole keys and pastes go on, and a user is heard after a pause", () => {
  const whole = /^(?:[^\u001b]|\u001b\[27u|\u001b\[(?:[ABCDFHZ]|[1345678]~)|\u001b\[200~.*?\u001b\[201~)*$/s;
  const next = seeded(8);
  // Bytes that begin, continue and end sequences come more often than others.
  const likely = new TextEncoder().encode("\u001b\u001b\u001b[[[]]OOPP_^X0127;:?<>$~~uMRcA\u0007\\q");
  for (let round = 0; round < 3000; round++) {
    const filter = new InputFilter(wait, wait);
    let nowMs = 0;
    let out = "";
    for (let piece = next(6); piece >= 0; piece--) {
      const chunk = Array.from({ length: 1 + next(12) }, () =>
        next(4) === 0 ? next(256) : (likely[next(likely.length)] ?? 0),
      );
      out += filter.push(new Uint8Array(chunk), nowMs);
      const { dueMs } = filter;
      if (dueMs !== null && next(2) === 0) out += filter.expire(nowMs + dueMs);
      nowMs += 1 + next(2000);
    }
    expect(out).toMatch(whole);
    nowMs += 10_000;
    if (filter.dueMs !== null) filter.expire(nowMs);
    filter.push(new Uint8Array([3]), nowMs);
    expect(filter.push(bytes("j"), nowMs + 10_000)).toBe("j");
  }
});

test("bytes that are no UTF-8 are no keys", () => {
  const filter = new InputFilter(wait, wait);
  expect(filter.push(new Uint8Array([0x61, 0xf1, 0x62, 0x9b, 0x63]), 0)).toBe("abc");
});

test("of an endless paste the beginning is kept", () => {
  const filter = new InputFilter(wait, wait);
  const chunk = bytes("x".repeat(100_000));
  filter.push(bytes("\u001b[200~"), 0);
  for (let at = 0; at < 100; at++) expect(filter.push(chunk, at)).toBe("");
  expect(filter.push(bytes("\u001b[201~"), 100)).toHaveLength(65_536 + 12);
});
