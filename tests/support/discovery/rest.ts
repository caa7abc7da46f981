import { afterAll } from "bun:test";

type Handler = (request: Request) => Response | Promise<Response>;

type Asked = { readonly method: string; readonly path: string; readonly headers: readonly string[] };

/** A REST API that answers as a test says, on a port of this machine; gone after the last test. */
export type Rest = {
  readonly url: string;
  /** What was asked, newest last. */
  readonly requests: readonly Asked[];
  answer: Handler;
  /** From then on nothing listens there. */
  stop(): Promise<void>;
};

export function restApi(
  answer: Handler,
  tls?: Pick<Bun.TLSOptions, "cert" | "key" | "ca" | "requestCert" | "rejectUnauthorized">,
): Rest {
  const requests: Asked[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 60,
    ...(tls && { tls }),
    fetch: (request) => {
      const { pathname, search } = new URL(request.url);
      const headers = Array.from(request.headers, ([name, value]) => `${name}: ${value}`);
      requests.push({ method: request.method, path: `${pathname}${search}`, headers });
      return rest.answer(request);
    },
  });
  afterAll(() => server.stop(true));
  const rest: Rest = {
    url: `http${tls ? "s" : ""}://127.0.0.1:${server.port}`,
    requests,
    answer,
    stop: () => server.stop(true),
  };
  return rest;
}

type Listed = { readonly name: string; readonly port: number } & Readonly<Record<string, unknown>>;

/** Patroni's answer with these members on this machine. */
export function listing(members: readonly Listed[], more: object = {}): Response {
  const all = members.map((member) => ({
    role: "replica",
    state: "streaming",
    host: "127.0.0.1",
    ...member,
  }));
  return Response.json({ scope: "orders", members: all, ...more });
}
