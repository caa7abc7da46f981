export type SourceFile = { path: string; text: string };
export type Problem = { path: string; line: number; message: string };
export type Rule = (file: SourceFile) => Problem[];

export type Literal = { text: string; line: number };

/** A source text taken apart: code whose comments and strings are blanked (lines kept), and the strings themselves. */
export type Parts = { code: string; literals: Literal[] };

type Frame = { kind: "code"; braces: number } | { kind: "template"; literal: Literal };

const known = new Map<string, Parts>();

/** A text in parts; many rules look at the same one. */
export function takeApart(text: string): Parts {
  const parts = known.get(text) ?? partsOf(text);
  known.set(text, parts);
  return parts;
}

/** Good enough for formatted TypeScript: strings, templates (an insertion becomes `$_`), comments, regular expressions. */
function partsOf(text: string): Parts {
  const literals: Literal[] = [];
  const stack: Frame[] = [{ kind: "code", braces: 0 }];
  let code = "";
  let line = 1;
  let at = 0;
  const eat = (length: number, shown: boolean) => {
    for (const char of text.slice(at, at + length)) {
      if (char === "\n") line += 1;
      code += char === "\n" || shown ? char : " ";
    }
    at += length;
  };
  while (at < text.length) {
    const frame = stack.at(-1) ?? { kind: "code", braces: 0 };
    const rest = text.slice(at, at + 2);
    if (frame.kind === "template") {
      if (rest === "${") {
        frame.literal.text += "$_";
        stack.push({ kind: "code", braces: 0 });
        eat(2, false);
      } else if (rest[0] === "`") {
        stack.pop();
        eat(1, true);
      } else {
        const length = rest[0] === "\\" ? 2 : 1;
        frame.literal.text += text.slice(at, at + length);
        eat(length, false);
      }
      continue;
    }
    const isComment = rest === "//" || rest === "/*";
    const skipped = isComment && /^(?:\/\/.*|\/\*[\s\S]*?\*\/)/.exec(text.slice(at, at + 20_000))?.[0];
    if (skipped) eat(skipped.length, false);
    else if (rest[0] === "`") {
      const literal = { text: "", line };
      literals.push(literal);
      stack.push({ kind: "template", literal });
      eat(1, true);
    } else if (rest[0] === '"' || rest[0] === "'") {
      const string = /^(["'])((?:\\.|(?!\1)[^\\\n])*)\1/.exec(text.slice(at, at + 20_000));
      if (string) literals.push({ text: string[2] ?? "", line });
      eat(string ? string[0].length : 1, false);
    } else if (rest[0] === "/" && /(?:^|[(,=:[!&|?{};+]|=>|\breturn)\s*$/.test(code.slice(-40))) {
      const regex = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/\w*/.exec(text.slice(at, at + 2000))?.[0];
      eat(regex?.length ?? 1, false);
    } else {
      if (rest[0] === "{") frame.braces += 1;
      if (rest[0] === "}" && frame.braces === 0 && stack.length > 1) stack.pop();
      else if (rest[0] === "}") frame.braces -= 1;
      eat(1, true);
    }
  }
  return { code, literals };
}

/** The line number of a position, from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
