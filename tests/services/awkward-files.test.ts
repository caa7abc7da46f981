import { afterAll, describe, expect, test } from "bun:test";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAnswers } from "../../src/services/earlier-answers.ts";
import { readPrivateFile } from "../../src/services/secrets/private-file.ts";
import { readClientConfig } from "../../src/services/ssh/config-file.ts";
import { learnHost, readKnownHosts } from "../../src/services/ssh/host-keys.ts";
import { publicHalves } from "../../src/services/ssh/limited-agent.ts";
import {
  clientCertificate,
  lockedKey,
  revocationLists,
  rootCertificates,
} from "../../src/services/wire/tls-files.ts";
import { awkwardFiles } from "../support/awkward-files.ts";
import { nodeSettings } from "../support/servers/node-settings.ts";

const awkward = await awkwardFiles();
afterAll(awkward.remove);

const certificate = join(awkward.folder, "client.crt");
writeFileSync(certificate, "-----BEGIN CERTIFICATE-----");
const tls = (connection: Record<string, string>) =>
  nodeSettings({ name: "a", port: 1 }, { connection }).connection;

const local = { home: awkward.folder, localUser: "me", localUserId: 1, localHost: "here" };

/** Readers of a file, each with what it says when there is nothing to be read. */
const readers: Record<string, (path: string) => Promise<unknown>> = {
  "an ssh_config": (path) => readClientConfig(path, local),
  "a file that an ssh_config includes": (path) => {
    const file = join(awkward.folder, "including");
    writeFileSync(file, `Include ${path}\n`, { mode: 0o600 });
    return readClientConfig(file, local);
  },
  known_hosts: (path) => readKnownHosts([path]),
  "a known_hosts that is to learn a host": (file) =>
    learnHost({ host: "h", port: 22, keyType: "ssh-ed25519", key: "AAAA", fingerprint: "", file }),
  "a password file": async (path) => {
    const read = await readPrivateFile("password file", path);
    if (!("text" in read)) throw new Error(read.why);
  },
  sslrootcert: (path) => rootCertificates(tls({ sslrootcert: path })),
  sslcert: (path) => clientCertificate(tls({ sslcert: path, sslkey: certificate }), null),
  sslkey: (path) => clientCertificate(tls({ sslcert: certificate, sslkey: path }), null),
  "an encrypted sslkey": (path) => lockedKey(tls({ sslcert: certificate, sslkey: path })),
  sslcrl: (path) => revocationLists(tls({ sslcrl: path })),
};

describe.each(Object.entries(readers))("%s", (_, read) => {
  test.each(Object.entries(awkward.paths))(
    "that is %s is refused in words, with its path",
    async (_, found) => {
      const [path, why] = found;
      const message = await read(path).then(String, ({ message }: Error) => message);
      expect(message).toMatch(why);
      expect(message).toContain(path);
    },
  );
});

test.each(["pipe", "zero", "folder", "socket", "sparse"])(
  "a public half that is a %s is none",
  async (name) => {
    const [from, to] = [join(awkward.folder, name), join(awkward.folder, "key.pub")];
    renameSync(from, to);
    try {
      expect(await publicHalves([to])).toEqual([]);
    } finally {
      renameSync(to, from);
    }
  },
);

test.each(["pipe", "zero", "folder", "socket", "sparse"])(
  "a state file that is a %s holds nothing",
  async (name) => {
    const [from, to] = [join(awkward.folder, name), join(awkward.folder, "answers.json")];
    renameSync(from, to);
    try {
      expect(await readAnswers(awkward.folder)).toEqual({});
    } finally {
      renameSync(to, from);
    }
  },
);
