import { readHistory } from "../../discovery/history.ts";
import { readCluster, type Trusted } from "../../discovery/patroni.ts";
import { type Answer, isLeader, type Outcome } from "../../stats/discovery.ts";
import { afterChanges, type Changes, isTimeToAsk } from "../../stats/timelines.ts";
import { after } from "../schedule.ts";
import { type RestTls, readTls, tlsOption } from "./rest-way.ts";
import { largestAnswerBytes, type Source } from "./source.ts";

/** An address that says nothing for so long is not waited for alone. */
const patienceMs = 500;
/** What is only told beside the members may take so long. */
const historyMs = 1000;

type Way = { readonly tls: RestTls; readonly signal: AbortSignal };
type Asked = Way & { readonly trusted: Trusted };

/**
 * Asks the addresses in their order for `/cluster`, the next one once the one before failed or is slow, and takes the
 * first good answer. Nothing but the question is sent, and no redirect is followed: it could lead anywhere.
 */
export const patroni: Source<"patroni"> = async ({ urls, addresses, deadlineMs, ...files }, stop, known) => {
  const read = await readTls(files);
  if (!read.ok) return read;
  const ending = new AbortController();
  let isLate = false;
  const callOff = after(deadlineMs, () => {
    isLate = true;
    ending.abort();
  });
  const signal = AbortSignal.any([stop, ending.signal]);
  const way = { tls: read.tls, signal };
  const askOne = async (url: string) => {
    const trusted = { urls: [url, ...urls.filter((other) => other !== url)], addresses };
    const outcome = await askAddress(url, { ...way, trusted });
    if (outcome.ok || !isLate) return outcome;
    return { ok: false as const, why: `no answer within ${deadlineMs / 1000} s` };
  };
  try {
    const outcome = await firstGood(urls, askOne, Math.min(patienceMs, deadlineMs / (urls.length + 1)));
    return outcome.ok ? { ok: true, answer: await withTimelines(outcome.answer, known, way) } : outcome;
  } finally {
    callOff();
    ending.abort();
  }
};

/** The first good outcome; else what became of the last one that failed, with the reasons of all. */
function firstGood(
  urls: readonly string[],
  askOne: (url: string) => Promise<Outcome>,
  slowMs: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const waiting = [...urls];
    const failed: string[] = [];
    let callOff = () => {};
    const next = () => {
      callOff();
      const url = waiting.shift();
      if (url === undefined) return;
      if (waiting.length > 0) callOff = after(slowMs, next);
      void askOne(url).then((outcome) => {
        if (!outcome.ok) {
          failed.push(`${url}: ${outcome.why}`);
          if (waiting.length > 0) return next();
          if (failed.length < urls.length) return;
        }
        callOff();
        resolve(outcome.ok ? outcome : { ok: false, why: failed.join("; ") });
      });
    };
    next();
  });
}

async function askAddress(url: string, { trusted, ...way }: Asked): Promise<Outcome> {
  const answer = await getText(`${url}/cluster`, way);
  return answer.ok ? readCluster(answer.text, trusted) : answer;
}

/** The answer with how its leader came to its timeline. A question for that which fails leaves the members as they are. */
async function withTimelines(answer: Answer, known: Answer | null, way: Way): Promise<Answer> {
  const before = known?.timelines ?? null;
  const current = answer.members.find(isLeader)?.timeline ?? null;
  if (current === null) return { ...answer, timelines: before };
  const [url] = answer.urls;
  const said = url !== undefined && isTimeToAsk(before, current) ? await askHistory(url, way) : null;
  return { ...answer, timelines: afterChanges(before, current, said) };
}

async function askHistory(url: string, { tls, signal }: Way): Promise<Changes> {
  const ending = new AbortController();
  const callOff = after(historyMs, () => ending.abort());
  const both = AbortSignal.any([signal, ending.signal]);
  const got = await getText(`${url}/history`, { tls, signal: both });
  callOff();
  if (got.ok) return readHistory(got.text);
  return { ok: false, why: `${url}/history: ${both.aborted ? "no answer in time" : got.why}` };
}

type Got = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** What is answered there with status 200. Never rejects. */
export async function getText(url: string, { tls, signal }: Way): Promise<Got> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", "accept-encoding": "identity" },
      redirect: "manual",
      credentials: "omit",
      keepalive: false,
      signal,
      ...tlsOption(tls),
    });
    if (response.status === 200) return await readAnswer(response);
    void response.body?.cancel().catch(() => {});
    const isRedirect = response.status >= 300 && response.status < 400;
    return { ok: false, why: isRedirect ? "a redirect, which is not followed" : `status ${response.status}` };
  } catch (cause) {
    return { ok: false, why: wordsOf(cause) };
  }
}

async function readAnswer({ body }: Response): Promise<Got> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > largestAnswerBytes) return { ok: false, why: `an answer above ${largestAnswerBytes} bytes` };
    chunks.push(chunk);
  }
  return { ok: true, text: Buffer.concat(chunks).toString("utf8") };
}

const words: Readonly<Record<string, string>> = {
  ConnectionRefused: "connection refused",
  ECONNREFUSED: "connection refused",
  ConnectionClosed: "the connection was closed",
  ECONNRESET: "the connection was closed",
  FailedToOpenSocket: "it cannot be reached",
  ENOTFOUND: "its name cannot be resolved",
};

const codeOf = (cause: unknown) => (cause instanceof Error && "code" in cause ? String(cause.code) : "");

/** No connection was made, so that nothing has arrived. */
export const isUnmade = (cause: unknown) =>
  ["ConnectionRefused", "ECONNREFUSED", "FailedToOpenSocket", "ENOTFOUND"].includes(codeOf(cause));

/** A request is sent only once the certificate is found good. */
export const isUntrusted = (cause: unknown) => /CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(codeOf(cause));

/** By its code: the message of an error may quote what was answered. */
export function wordsOf(cause: unknown): string {
  const code = codeOf(cause);
  if (isUntrusted(cause)) return `its certificate is not trusted (${code})`;
  return words[code] ?? (/^\w{1,40}$/.test(code) && !/^\d+$/.test(code) ? code : "it cannot be asked");
}
