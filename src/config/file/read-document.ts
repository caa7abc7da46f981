import type { PlainFile } from "../../files/plain-file.ts";
import type { Environment } from "../interpolate.ts";
import type { Document } from "./document.ts";
import { readPlainDocument } from "./plain-document.ts";

/** Parses what was read of a file, or what it would hold. What is wrong inside is in `problems`. */
export function readDocument(
  file: string,
  { bytes, mode }: Pick<PlainFile, "bytes" | "mode">,
  environment: Environment,
): Document {
  const text = decode(bytes);
  if (text === null) {
    const problem = {
      option: "",
      expected: "UTF-8 text",
      found: "other bytes",
      fix: "Save the file as UTF-8.",
    };
    const where = () => `${file}:1:1`;
    return {
      file,
      mode,
      values: {},
      problems: [{ where: where(), ...problem }],
      where,
      place: () => undefined,
    };
  }
  const placed = (): Document => {
    const { readPlacedDocument }: typeof import("./placed-document.ts") = require("./placed-document.ts");
    return readPlacedDocument(file, text, mode, environment);
  };
  return readPlainDocument(file, text, mode, environment, placed) ?? placed();
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
