import type { NodeErrorKind } from "../../../src/postgres/node-error.ts";
import type { Script } from "./fake-server.ts";
import {
  authentication,
  beforeRows,
  columns,
  errorFields,
  loggedIn,
  message,
  ready,
  row,
} from "./messages.ts";

/** What a server does, and how its node says so. */
export type Hostile = {
  readonly script: Script;
  readonly kind: NodeErrorKind;
  readonly message?: string;
  readonly sslmode?: "require";
};

type Bytes = Uint8Array | string;

/** Waits for the start of a login, then says this. */
export function atLogin(...said: Bytes[]): Script {
  return async (client) => {
    await client.hears();
    for (const bytes of said) await client.says(bytes);
  };
}

/** Lets everybody in, and answers the first question with this. */
function atQuestion(...said: Bytes[]): Script {
  return async (client) => {
    await atLogin(loggedIn)(client);
    await client.hears();
    for (const bytes of said) await client.says(bytes);
  };
}

/** Then says this again and again, as fast as it is taken. */
function endless(script: Script, bytes: Uint8Array): Script {
  const chunk = Buffer.concat(Array.from({ length: Math.ceil(65_536 / bytes.length) }, () => bytes));
  return async (client) => {
    await script(client);
    while (await client.says(chunk));
  };
}

/** Then says this, one byte a second. */
function slowly(script: Script, bytes: Uint8Array): Script {
  return async (client) => {
    await script(client);
    for (const byte of bytes) {
      if (!(await client.says(Buffer.of(byte)))) return;
      await Bun.sleep(1000);
    }
  };
}

function leaving(script: Script): Script {
  return async (client) => {
    await script(client);
    client.leaves();
  };
}

/** Asks for SCRAM with so many rounds, and says this to the client's proof. */
function scram(iterations: string, ...said: Bytes[]): Script {
  return async (client) => {
    await atLogin(authentication(10, "SCRAM-SHA-256\0\0"))(client);
    const nonce = /r=(.*)$/.exec((await client.hears()) ?? "")?.[1];
    await client.says(authentication(11, `r=${nonce}more,s=c2FsdA==,i=${iterations}`));
    await client.hears();
    for (const bytes of said) await client.says(bytes);
  };
}

const notice = message("N", errorFields({ S: "NOTICE", C: "00000", M: "look here" }));
const parameter = message("S", "application_name\0x\0");
const fatal = message("E", errorFields({ S: "FATAL", C: "XX000", M: "not believed" }));
const giant = Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff, 0, 1]);
const oneColumn = Buffer.concat([beforeRows, columns(["a"])]);
const numbers = Array.from({ length: 1600 }, (_, at) => `${at % 100}`);

const nonsense = {
  kind: "protocol",
  message: "the answer is not a message of PostgreSQL's protocol",
} as const;
const outOfTurn = { kind: "protocol", message: "the server speaks out of turn" } as const;
const silent = { kind: "timeout", message: "no login in 3 s" } as const;
const lost = { kind: "lost", message: "connection lost" } as const;
const tooMuch = (what: string) => ({ kind: "protocol", message: `an answer of more than ${what}` }) as const;
const flood = { kind: "protocol", message: "more than 10000 notices with an answer" } as const;

/** What a server can do to whoever comes to log in. */
export const hostileLogins: Readonly<Record<string, Hostile>> = {
  "says nothing": { ...silent, script: async () => {} },
  "says one byte a second": { ...silent, script: slowly(atLogin(), loggedIn) },
  "says nothing to a request for TLS": { ...silent, sslmode: "require", script: async () => {} },
  "says yes to TLS and no more": { ...silent, sslmode: "require", script: atLogin("S") },
  "says yes to TLS and floods the handshake": {
    kind: "tls",
    sslmode: "require",
    script: async (client) => {
      await atLogin("S")(client);
      await endless(atLogin(), Buffer.from([22, 3, 3, 0, 5, 2, 0, 0, 1, 0]))(client);
    },
  },
  "speaks HTTP": { ...nonsense, script: atLogin("HTTP/1.1 400 Bad Request\r\n\r\n") },
  "has messages of length 0": { ...nonsense, script: atLogin(Buffer.alloc(64, "R\0\0\0\0")) },
  "announces 2 GiB": { ...nonsense, script: atLogin(Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff])) },
  "has a message of its own": { ...nonsense, script: atLogin(message("?", "what")) },
  "begins with a row": { ...nonsense, script: atLogin(row(["a"])) },
  "has an error without an end": { ...nonsense, script: atLogin(message("E", "SFATAL\0")) },
  "has an error as long as a book": {
    kind: "protocol",
    message: "an error or notice of more than 64 kB",
    script: atLogin(message("E", errorFields({ S: "FATAL", C: "28000", M: "no ".repeat(40_000) }))),
  },
  "hangs up in the middle of a message": { ...lost, script: leaving(atLogin(loggedIn.subarray(0, 12))) },
  "floods a login with parameters": { ...flood, script: endless(atLogin(authentication(0)), parameter) },
  "floods a login with notices": { ...flood, script: endless(atLogin(authentication(0)), notice) },
  "is ready without a login": { ...outOfTurn, script: atLogin(notice, ready) },
  "lets in twice": { ...outOfTurn, script: atLogin(authentication(0), authentication(0), ready) },
  "asks twice": { ...outOfTurn, script: atLogin(authentication(3), authentication(3)) },
  "wants GSSAPI": { kind: "auth", message: "the server asks for GSSAPI", script: atLogin(authentication(7)) },
  "knows other SASL mechanisms": {
    kind: "auth",
    message: "the server offers no SASL mechanism but others",
    script: atLogin(authentication(10, "OAUTHBEARER\0\0")),
  },
  "binds SCRAM to TLS that is not there": {
    kind: "protocol",
    message: "the server offers SCRAM-SHA-256-PLUS without TLS",
    script: atLogin(authentication(10, "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0")),
  },
  "ends SCRAM before its proof": { ...outOfTurn, script: scram("4096", authentication(0), ready) },
  "proves another password": {
    kind: "auth",
    message: "the server does not know the password",
    script: scram("4096", authentication(12, `v=${btoa("x".repeat(32))}`), authentication(0), ready),
  },
  "wants 2 thousand million rounds": {
    kind: "protocol",
    message: "the server asks for 2147483648 rounds of SCRAM",
    script: scram("2147483648"),
  },
  "has no TLS": {
    kind: "tls",
    sslmode: "require",
    script: atLogin("N"),
  },
  "stuffs bytes behind its yes to TLS": {
    ...nonsense,
    message: "unencrypted bytes came before TLS began",
    sslmode: "require",
    script: atLogin("SX"),
  },
  "goes on without TLS after its yes": {
    kind: "tls",
    sslmode: "require",
    script: async (client) => {
      await atLogin("S")(client);
      await atLogin(loggedIn)(client);
    },
  },
  "says neither yes nor no to TLS": { ...nonsense, sslmode: "require", script: atLogin("Q") },
  "has an error instead of TLS": {
    ...nonsense,
    message: "the server answered the request for TLS with an error",
    sslmode: "require",
    script: atLogin(fatal),
  },
};

/** What a server can do to a question. */
export const hostileAnswers: Readonly<Record<string, Hostile>> = {
  "is ready for ever": { ...nonsense, script: endless(atQuestion(), ready) },
  "sends rows without an end": {
    ...tooMuch("8 MiB"),
    script: endless(atQuestion(oneColumn), row(["x".repeat(1000)])),
  },
  "sends tiny rows without an end": {
    ...tooMuch("50000 rows"),
    script: endless(atQuestion(oneColumn), row(["ab"])),
  },
  "sends wide rows without an end": {
    ...tooMuch("250000 values"),
    script: endless(atQuestion(beforeRows, columns(numbers)), row(numbers)),
  },
  "sends a row of 2 GiB": {
    ...nonsense,
    script: endless(atQuestion(oneColumn, giant), Buffer.alloc(65_536)),
  },
  "sends a row of 5 MiB": {
    kind: "protocol",
    message: "a row of more than 4 MiB",
    script: atQuestion(oneColumn, row(["x".repeat(5 * 2 ** 20)])),
  },
  "has a value longer than its row": {
    ...nonsense,
    script: atQuestion(oneColumn, message("D", Buffer.from([0, 1, 0, 0, 0, 99, 65])), ready),
  },
  "has a row of other columns": { ...nonsense, script: atQuestion(oneColumn, row(["a", "b"])) },
  "has minus one columns": { ...nonsense, script: atQuestion(message("T", Buffer.from([255, 255]))) },
  "starts a copy": { ...nonsense, script: atQuestion(message("H", Buffer.from([0, 0, 0]))) },
  "answers less than was asked": { ...nonsense, script: atQuestion(message("C", "SELECT 1\0"), ready) },
  "floods a question with notices": { ...flood, script: endless(atQuestion(), notice) },
  "floods a question with parameters": { ...flood, script: endless(atQuestion(), parameter) },
  "asks for a password afterwards": { ...outOfTurn, script: atQuestion(authentication(3)) },
  "answers one byte a second": {
    kind: "timeout",
    message: "logged in, but the server does not answer",
    script: slowly(atQuestion(), oneColumn),
  },
  "hangs up in the middle of a row": {
    ...lost,
    script: leaving(atQuestion(oneColumn, row(["a"]).subarray(0, 8))),
  },
};
