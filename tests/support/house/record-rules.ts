import { lineAt, type Rule, takeApart } from "./source.ts";

/** Where places and overlays are told apart by a record of each kind, or by the guards that these files export. */
const records =
  /^src\/(?:store\/screen\.ts|store\/screens\/|commands\/prompts\/|components\/(?:screens|overlays)\/all\.tsx)/;

/** A chain of comparisons has an end that a new kind falls into, and no compiler tells. */
const comparison =
  /\b(?:place|overlay)\??\s*\.kind\s*(?:[=!]==?)|switch\s*\([^\n]*\b(?:place|overlay)\??\.kind\)/g;

/** What differs between screens or dialogs is said in their records. */
export const kindsInRecords: Rule = ({ path, text }) => {
  if (!path.startsWith("src/") || records.test(path)) return [];
  const { code } = takeApart(text);
  return [...code.matchAll(comparison)].map(({ index }) => ({
    path,
    line: lineAt(code, index),
    message:
      "screens and dialogs differ by their records; isPlace, placeIf and overlayIf are for one of them",
  }));
};
