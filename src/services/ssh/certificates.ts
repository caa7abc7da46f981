import { access } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import type { Hop } from "../../ssh/hop.ts";
import { hostKeyOf } from "../../ssh/host-key.ts";
import { withDeadline } from "../schedule.ts";

/** An agent answers at once, or its user has to touch something. */
const agentMs = 2000;
const largestAnswerBytes = 1_048_576;

/**
 * The certificates that ssh would have shown a host, in words: those that the config names, those beside keys, as
 * ssh-keygen and ssh call them, and those that an agent has. Never rejects.
 */
export async function certificatesFor({ keys, certificates }: Hop): Promise<readonly string[]> {
  const files = keys.flatMap((source) => (source.kind === "file" ? [source.path] : (source.only ?? [])));
  const beside = files.map((file) => `${file.replace(/\.pub$/, "")}-cert.pub`);
  const isThere = (path: string) =>
    access(path).then(
      () => [path],
      () => [],
    );
  const agents = keys.flatMap((source) => (source.kind === "agent" ? [ofAgent(source.socket)] : []));
  const found = await Promise.all([...beside.map(isThere), ...agents]);
  return [...new Set([...certificates, ...found.flat()])];
}

async function ofAgent(path: string): Promise<readonly string[]> {
  const socket = connect(path);
  const expiry = () => new Error("no answer of the agent");
  const types = await withDeadline(keyTypes(socket), agentMs, expiry).catch(() => []);
  socket.destroy();
  const count = types.filter((type) => type.includes("-cert-v01@")).length;
  return count === 0 ? [] : [`${count === 1 ? "a certificate" : `${count} certificates`} of the agent`];
}

/** The types of an agent's keys (draft-ietf-sshm-ssh-agent, "Requesting a List of Keys"), which ssh2 gives only of those it knows. */
function keyTypes(socket: Socket): Promise<readonly string[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
  let answer = Buffer.alloc(0);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error("closed")));
  socket.on("data", (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const length = answer.length < 4 ? Number.POSITIVE_INFINITY : answer.readUInt32BE(0);
    if (answer.length > largestAnswerBytes) reject(new Error("too long an answer"));
    else if (answer.length >= 4 + length) resolve(typesIn(answer.subarray(4, 4 + length)));
  });
  socket.write(Buffer.from([0, 0, 0, 1, 11]));
  return promise;
}

function typesIn(answer: Buffer): readonly string[] {
  const types: string[] = [];
  // After the kind of the answer, 12, and the number of keys: of each its key and a comment, each with its length before it.
  let at = 5;
  for (let isKey = answer[0] === 12; at + 4 <= answer.length; isKey = !isKey) {
    const end = at + 4 + answer.readUInt32BE(at);
    if (isKey) types.push(hostKeyOf(answer.subarray(at + 4, end)).type);
    at = end;
  }
  return types;
}
