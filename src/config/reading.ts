import { type FileRead, readPlainFileNow } from "../files/plain-file.ts";

/** No file that people write by hand is larger; libpq has no limit for its service file. */
export const largestBytes = 1_048_576;

/**
 * Gives a file of the configuration as it was read. Null when it has yet to be read: what is made of the others does
 * not count, and is asked for again when it has been.
 */
export type ReadFile = (path: string) => FileRead | null;

/** Reads at once, for a program that draws nothing. A pipe is not read. */
export const readNow: ReadFile = (path) => readPlainFileNow(path, largestBytes);
