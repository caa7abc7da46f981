import { createSocket } from "node:dgram";

export type SrvRecord = { readonly target: string; readonly port: number; readonly priority?: number };

/** Records, a code of RFC 1035 instead (3: there is no such name), bytes that are no answer, or silence. */
type Said = readonly SrvRecord[] | number | Uint8Array | null;

/** A name server over UDP that says of every name the same; closed by `await using`. */
export type NameServer = {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  /** The names that were asked for, newest last. */
  readonly asked: readonly string[];
  says: Said;
  [Symbol.asyncDispose](): Promise<void>;
};

const srvType = 33;

export async function nameServer(says: Said, host = "127.0.0.1", port = 0): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (question, from) => {
    const { name, type, end } = questionIn(question);
    if (type === srvType) asked.push(name);
    const { says: said } = server;
    if (said === null) return;
    const answer = said instanceof Uint8Array ? said : answerTo(question.subarray(0, end), type, said);
    socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, host, resolve));
  const server: NameServer = {
    address: `${host}:${socket.address().port}`,
    asked,
    says,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void socket.close(() => resolve())),
  };
  return server;
}

/** The one question behind the 12 bytes of the header: labels up to an empty one, type and class. */
function questionIn(message: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(question: Uint8Array, type: number, said: readonly SrvRecord[] | number): Uint8Array {
  const records = typeof said === "number" || type !== srvType ? [] : said.map(recordOf);
  const message = Buffer.concat([question, ...records]);
  // An answer with recursion, of as many records, and nothing behind them.
  message.writeUInt16BE(0x8180 | (typeof said === "number" ? said : 0), 2);
  message.writeUInt16BE(records.length, 6);
  message.writeUInt32BE(0, 8);
  return message;
}

/** Of the name in the question, which a pointer names; it may not be kept. */
function recordOf({ target, port, priority = 0 }: SrvRecord): Buffer {
  const labels = target.split(".").filter((label) => label !== "");
  const encoded = labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, "latin1")]));
  const name = Buffer.concat([...encoded, Buffer.from([0])]);
  const head = Buffer.alloc(18);
  for (const [value, at] of [
    [0xc00c, 0],
    [srvType, 2],
    [1, 4],
    [6 + name.length, 10],
  ] as const)
    head.writeUInt16BE(value, at);
  for (const [value, at] of [
    [priority, 12],
    [0, 14],
    [port, 16],
  ] as const)
    head.writeUInt16BE(value, at);
  return Buffer.concat([head, name]);
}
