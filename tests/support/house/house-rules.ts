import { importsOf } from "./import-rules.ts";
import { lineAt, type Problem, type Rule, type SourceFile, takeApart } from "./source.ts";

const isApplication = (path: string) => path.startsWith("src/");

export const noBarrels: Rule = ({ path }) =>
  /(^|\/)index\.tsx?$/.test(path) ? [{ path, line: 1, message: "name the file after what it holds" }] : [];

export const noDrawers: Rule = ({ path }) => {
  const drawer = /(^|\/)(types|utils|helpers|hooks|constants)\//.exec(path)?.[2];
  return drawer ? [{ path, line: 1, message: `no folder is called ${drawer}` }] : [];
};

export const shortFiles: Rule = ({ path, text }) => {
  const lines = text.trimEnd().split("\n").length;
  return lines > 300 ? [{ path, line: 300, message: `${lines} lines; a file has 300 at most` }] : [];
};

/** Refuses a word in the code of `src`, comments and strings aside, but in the places where it belongs. */
function onlyIn(word: RegExp, places: RegExp, message: string): Rule {
  return ({ path, text }) => {
    if (!isApplication(path) || places.test(path)) return [];
    const { code } = takeApart(text);
    return [...code.matchAll(word)].map(({ index }) => ({ path, line: lineAt(code, index), message }));
  };
}

export const oneInput = onlyIn(/\buseInput\b/g, /^src\/components\/App\.tsx$/, "only App.tsx reads keys");

/** Ink's elements that hold text: what is drawn goes through one that takes `SafeText`. */
export const textInOnePlace = onlyIn(
  /<(?:Text|Transform|Static|Newline)\b|\b(?:createElement|useStdout|useStderr)\b/g,
  /^src\/components\/drawing\/Lines\.tsx$/,
  "text is drawn by Line of drawing/Lines.tsx",
);

export const safeInOnePlace = onlyIn(
  /\bas\s+(?:readonly\s+)?SafeText\b/g,
  /^src\/text\//,
  "only src/text says that a text is safe",
);

/** A cast to `never` or `any` would pass for safe text, and no compiler would tell. */
export const noCastAroundSafe = onlyIn(
  /\bas\s+(?:never|any)\b/g,
  /^src\/(?!components\/|cli\/|views\/|app\/)/,
  "where text is drawn, a cast to never or any may hide text that is not safe",
);

const timerWords = /(?<![.\w])(?:globalThis\.)?set(?:Timeout|Interval|Immediate)\s*\(|\bBun\.sleep\b/g;
const scheduleFile = /^src\/services\/schedule\.ts$/;
const timerCalls = onlyIn(timerWords, scheduleFile, "timers live in services/schedule.ts");
export const timersInOnePlace: Rule = (file) => [
  ...timerCalls(file),
  ...importsOf(isApplication(file.path) && !scheduleFile.test(file.path) ? file.text : "")
    .filter(({ specifier }) => specifier.startsWith("node:timers"))
    .map(({ line }) => ({ path: file.path, line, message: "timers live in services/schedule.ts" })),
];

export const filesReadInOnePlace = onlyIn(
  /\b(?:readFile|readFileSync|readSync|readvSync|createReadStream|openSync|openAsBlob)\b|\bBun\s*\.\s*(?:file|mmap|stdin)\b/g,
  /^src\/files\//,
  "files are read in src/files, which looks at their kind and size",
);

export const exitsInOnePlace = onlyIn(
  /\bprocess\s*\.\s*(?:exit|reallyExit|abort)\s*\(/g,
  /^src\/(main\.ts|(cli|app)\/.*)$/,
  "only main.ts, cli and app end the process",
);

export const quiet = onlyIn(
  /(?<![.\w])(?:globalThis\.)?console\s*\.\s*(?:log|info|warn|error|debug|trace|table|dir|group|time)\w*/g,
  /^src\/cli\//,
  "nothing but cli prints",
);

export const noWordsDecide = onlyIn(
  /\.(?:test|exec)\(\s*(?:\w+\.)*(?:message|detail|hint)\s*\)|\b(?:message|detail|hint)\.(?:startsWith|endsWith|includes|match)\(/g,
  // The words of the driver, the pool, ssh and our own parsers; and the kind of a logged message, where lc_messages is English.
  /^src\/(?:views\/log\/log-kinds\.ts|postgres\/(?:sqlstate\.ts|conninfo\/)|services\/(?:session\/failure\.ts|wire\/authentication\.ts|ssh\/)|config\/|cli\/)/,
  "servers translate their words: decide on SQLSTATE, severity or function",
);

/** Every view of `src/views` is imported by `src/views/all.ts`. */
export function viewsAreListed(files: readonly SourceFile[]): Problem[] {
  const all = files.find(({ path }) => path === "src/views/all.ts")?.text ?? "";
  const listed = new Set(importsOf(all).map(({ specifier }) => specifier.replace("./", "src/views/")));
  return files
    .filter(
      ({ path, text }) =>
        path.startsWith("src/views/") && /(?<!function )\bdefineView\s*\(/.test(takeApart(text).code),
    )
    .filter(({ path }) => path !== "src/views/all.ts" && !listed.has(path))
    .map(({ path }) => ({ path, line: 1, message: "the view is missing from views/all.ts" }));
}
