import { createHash } from "node:crypto";

/** What is known of this machine and the user before any host is. */
export type LocalFacts = {
  readonly localUser: string;
  readonly localUserId: number;
  readonly localHost: string;
  readonly home: string;
};

/** What is known of a connection to a host when ssh_config's values are filled in. */
export type ConnectionFacts = LocalFacts & {
  readonly host: string;
  /** As the user named it. */
  readonly originalHost: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias: string | null;
  /** The last host of its ProxyJump; empty without one. */
  readonly jumpHost: string;
};

/** The tokens that a keyword takes, with what each stands for (ssh_config(5), TOKENS). `%%` is known to all. */
export type Tokens = Readonly<Record<string, string>>;

/** Of the keywords that name files and sockets. */
export function fileTokens(facts: ConnectionFacts): Tokens {
  const { host, originalHost, port, user, jumpHost, localHost } = facts;
  return {
    ...localTokens(facts),
    ...proxyTokens(facts),
    C: createHash("sha1").update([localHost, host, port, user, jumpHost].join("")).digest("hex"),
    j: jumpHost,
    k: facts.hostKeyAlias ?? originalHost,
  };
}

/** Of Include, as far as they are the same for every host. */
export function localTokens({ home, localUser, localUserId, localHost }: LocalFacts): Tokens {
  return {
    d: home,
    i: String(localUserId),
    L: localHost.split(".")[0] ?? "",
    l: localHost,
    u: localUser,
  };
}

/** Of ProxyJump. */
export function proxyTokens({ host, originalHost, port, user }: ProxyFacts): Tokens {
  return { h: host, n: originalHost, p: String(port), r: user };
}

type ProxyFacts = Pick<ConnectionFacts, "host" | "originalHost" | "port" | "user">;

export type Expanded =
  | { readonly ok: true; readonly text: string }
  /** What cannot be filled in, in words. */
  | { readonly ok: false; readonly problem: string };

/**
 * A value with its tokens, and its `${VARIABLES}` where an environment is given. As with ssh a token that the keyword
 * does not take, or a variable that is not set, is a mistake and no text. What is filled in is not looked at again.
 */
export function expandTokens(
  text: string,
  tokens: Tokens,
  environment: Readonly<Record<string, string | undefined>> | null = null,
): Expanded {
  const problems: string[] = [];
  const filled = text.replace(
    environment ? /%(.?)|\$\{([^}]*)(\}?)/gsu : /%(.?)/gsu,
    (_, token?: string, variable?: string, end?: string) => {
      if (token === "%") return "%";
      const value = token === undefined ? own(environment ?? {}, variable ?? "") : own(tokens, token);
      if (value !== undefined && end !== "") return value;
      problems.push(token === undefined ? variableProblem(variable ?? "", end ?? "") : tokenProblem(token));
      return "";
    },
  );
  const [problem] = problems;
  return problem === undefined ? { ok: true, text: filled } : { ok: false, problem };
}

function own(texts: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined;
}

function tokenProblem(token: string): string {
  return token === "" ? "a % at its end, which is written %%" : `the token %${token}, which it does not take`;
}

function variableProblem(name: string, end: string): string {
  if (end === "") return "a $" + "{ that no } ends";
  return /^\w+$/.test(name) ? `the variable ${name}, which is not set` : "a variable without a name";
}
