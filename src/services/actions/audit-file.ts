import { constants } from "node:fs";
import { type FileHandle, mkdir, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { localSystem } from "../../config/resolve/local-system.ts";
import { safeJson } from "../../text/text.ts";
import { withDeadline } from "../schedule.ts";

const fileName = "audit.jsonl";

/** A disk that hangs, such as a network file system that is gone, holds up no answer for longer. */
const deadlineMs = 2000;

const quits = "pgparade quits";

const flags =
  constants.O_RDWR |
  constants.O_APPEND |
  constants.O_CREAT |
  constants.O_NOFOLLOW |
  // No open waits for the reader of a pipe, and no terminal becomes that of the process.
  constants.O_NONBLOCK |
  constants.O_NOCTTY;

/** One line of the audit file, without who and when. */
export type AuditEntry = {
  /** The same for the line before the signal and the one after it. */
  readonly id: string;
  readonly action: string;
  readonly node: string;
  readonly host: string;
  readonly port: number | null;
  /** The role whose rights counted, and the one that logged in; null of a request to Patroni, which has no login. */
  readonly database_role: string | null;
  readonly login_role: string | null;
  readonly server_role: "primary" | "standby" | null;
  readonly statement: string;
  readonly values: readonly string[];
  readonly targets: readonly Readonly<Record<string, string | number | null>>[];
  /** Null in the line before the signal. */
  readonly outcome: string | null;
  /** Why, where the outcome needs a reason. */
  readonly detail: string | null;
};

/**
 * The file that keeps what users did to servers: one JSON line before each signal and one after it. Only its owner can
 * read it. It is opened anew for each line, so that it may be moved away at any time. Whole lines are never removed here,
 * and what a failed write left of one is no part of the next.
 */
export class AuditFile {
  readonly path: string;
  readonly #directory: string;
  #account: string | null = null;
  /** What a line says that was or is being sent, by its id, and no line yet what became of it. */
  readonly #open = new Map<string, AuditEntry>();
  readonly #writing = new Set<Promise<unknown>>();
  #isClosed = false;

  /** @param directory the folder of the log, which is made if it is not there */
  constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, fileName);
  }

  /** Null when the line is on the disk, else why it is not. Never rejects. */
  async append(entry: AuditEntry): Promise<string | null> {
    if (this.#isClosed) return quits;
    if (entry.outcome !== null) this.#open.delete(entry.id);
    else this.#open.set(entry.id, entry);
    const writing = this.#writeInTime(entry);
    this.#writing.add(writing);
    const why = await writing;
    this.#writing.delete(writing);
    if (entry.outcome !== null) return why;
    if (why !== null) this.#open.delete(entry.id);
    // What was written meanwhile has its outcome from close.
    return why ?? (this.#isClosed ? quits : null);
  }

  /**
   * Says of everything whose outcome is not known that it never will be. After that no line is written, and so nothing is
   * sent. Never rejects.
   */
  async close(detail: string): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#writing);
    const left = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(left.map((entry) => this.#writeInTime({ ...entry, outcome: "unknown", detail })));
  }

  #writeInTime(entry: AuditEntry): Promise<string | null> {
    const late = () => new Error(`no answer from the disk in ${deadlineMs / 1000} s`);
    return withDeadline(this.#write(entry), deadlineMs, late).then(
      () => null,
      (cause: unknown) => `${this.path} cannot be written: ${reasonOf(cause)}`,
    );
  }

  /** Looked up once: it may take a program. */
  get #osUser(): string {
    this.#account ??= localSystem(process.env).user;
    return this.#account;
  }

  async #write(entry: AuditEntry): Promise<void> {
    const said = { time: new Date().toISOString(), ...whoRuns(this.#osUser), ...entry };
    const line = `${safeJson(JSON.stringify(said))}\n`;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    refuseFolder(await stat(this.#directory));
    await using file = await open(this.path, flags, 0o600);
    await makePrivate(file);
    await appendWhole(file, line);
  }
}

/** All of a line, on a line of its own, or nothing. */
async function appendWhole(file: FileHandle, line: string): Promise<void> {
  const { size } = await file.stat();
  const bytes = Buffer.from(`${(await endsInside(file, size)) ? "\n" : ""}${line}`);
  let written = 0;
  try {
    // A full disk takes a part; only the rest of it is told why.
    while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
    await file.datasync();
  } catch (cause) {
    // Another process may have added its line meanwhile.
    const isLast = (await file.stat()).size === size + written;
    if (isLast && written > 0) await file.truncate(size).catch(() => {});
    throw cause;
  }
}

/** Whether the last line lacks its end: its writer was killed, or could not take it back. */
async function endsInside(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

const reasons: Readonly<Record<string, string>> = {
  // The file alone is opened without following links.
  ELOOP: "it is a symbolic link, which is not followed: put a regular file in its place",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
};

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return ("code" in cause ? reasons[String(cause.code)] : undefined) ?? cause.message;
}

/** Whoever may write to the folder could put another file in the place of this one. */
function refuseFolder({ mode }: { readonly mode: number }): void {
  if (process.platform !== "win32" && (mode & 0o022) !== 0)
    throw new Error("others may write to its folder: run chmod 700 on it");
}

async function makePrivate(file: FileHandle): Promise<void> {
  const found = await file.stat();
  if (!found.isFile()) throw new Error("it is no regular file");
  if (process.platform === "win32") return;
  if (found.uid !== process.geteuid?.()) throw new Error("it belongs to another user");
  if ((found.mode & 0o077) !== 0) await file.chmod(0o600);
}

/** The account that this process runs as, and the one that began it with sudo. */
function whoRuns(osUser: string) {
  return {
    os_user: osUser,
    os_uid: process.geteuid?.() ?? null,
    sudo_user: process.env["SUDO_USER"] ?? null,
    pid: process.pid,
  };
}
