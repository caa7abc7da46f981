import { Readable } from "node:stream";
import { after } from "../../services/schedule.ts";
import { InputFilter } from "./input-filter.ts";

/** Milliseconds: longer than a loaded terminal pauses within a key, shorter than a user who waits for Escape notices. */
const localWaitMs = 150;
/** A key that crosses a network may be cut, and its second half be sent once more. */
const remoteWaitMs = 500;
const longestWaitMs = 1000;

const isRemote = ({ SSH_CONNECTION, SSH_TTY, SSH_CLIENT }: Readonly<Record<string, string | undefined>>) =>
  Boolean(SSH_CONNECTION || SSH_TTY || SSH_CLIENT);

/**
 * The terminal's input for Ink, filtered to whole keys and pastes. Ink sets the terminal's mode through it, and reads
 * from the terminal only while the mode is raw, so that a shell can have it meanwhile.
 */
export function terminalInput(
  terminal: NodeJS.ReadStream,
  env: Readonly<Record<string, string | undefined>>,
): NodeJS.ReadStream {
  const remote = isRemote(env);
  const newFilter = () =>
    new InputFilter(remote ? remoteWaitMs : localWaitMs, remote ? longestWaitMs : remoteWaitMs);
  let filter = newFilter();
  let callOff = () => {};
  const input = new Readable({ read() {} });
  const pass = (keys: string) => {
    if (keys !== "") input.push(keys);
  };
  const expireIn = (ms: number) => {
    callOff = after(ms, () => {
      // In a turn of its own: bytes that came while the program was busy are read first.
      callOff = after(0, () => pass(filter.expire(performance.now())));
    });
  };
  const take = (chunk: Uint8Array) => {
    callOff();
    pass(filter.push(chunk, performance.now()));
    const { dueMs } = filter;
    if (dueMs !== null) expireIn(dueMs);
  };
  // On a closed terminal the hang-up signal ends the program.
  terminal.on("error", () => {});
  return Object.assign(input as unknown as NodeJS.ReadStream, {
    isTTY: true as const,
    setRawMode(raw: boolean) {
      terminal.setRawMode(raw);
      terminal.off("data", take);
      callOff();
      filter = newFilter();
      if (raw) terminal.on("data", take).resume();
      else terminal.pause();
      return input as NodeJS.ReadStream;
    },
    ref() {
      terminal.ref();
      return input as NodeJS.ReadStream;
    },
    unref() {
      terminal.unref();
      return input as NodeJS.ReadStream;
    },
  });
}
