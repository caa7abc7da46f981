import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { type NodeError, NodeFailure, nodeError } from "../../postgres/node-error.ts";
import { toNodeError } from "../../postgres/sqlstate.ts";
import { type Hop, hopName } from "../../ssh/hop.ts";
import { hostKeyOf } from "../../ssh/host-key.ts";
import { maskSecrets } from "../../text/known-secrets.ts";
import { withDeadline } from "../schedule.ts";
import { nameServersHeard } from "../wire/name-servers.ts";
import { keyAlgorithms, readKnownHosts, readRevokedKeys, refuseHost } from "./host-keys.ts";
import { KeyIsTaken } from "./key-probe.ts";
import { SshLogin } from "./login.ts";
import type { SshSecrets } from "./secrets.ts";

const loginMs = 10_000;
/** A host that is silent for three of them is gone: a little later than a server that is, which may be frozen alone. */
const keepaliveMs = 3000;

/** A session with one host. */
export type SshSession = {
  readonly hop: Hop;
  readonly client: Client;
  /** Calls back when it has ended, before its channels close, with the reason if there is one in words. */
  readonly onEnd: (listener: (reason: string | null) => void) => void;
  /** Ends it, and everything that goes through it. */
  readonly destroy: () => void;
};

/** A channel to a host, and the hosts that it leads through. */
type Via = { readonly channel: Duplex; readonly hops: readonly Hop[] };

/**
 * Logs in to a host, over TCP or over a channel `via` others. Rejects with a {@link NodeFailure} of kind `tunnel`
 * after 10 s at the latest. The library is loaded by the first call: most people have no tunnels.
 */
export async function openSession(hop: Hop, via: Via | null, secrets: SshSecrets): Promise<SshSession> {
  const name = `ssh ${hopName(hop)}`;
  const library = (await import("ssh2")).default;
  const known = await readKnownHosts(hop.knownHosts).catch((cause: unknown) => {
    throw new TunnelFailure(`${name}: known_hosts cannot be read`, { hint: toNodeError(cause).message });
  });
  const revoked = await readRevokedKeys(hop.revokedKeys).catch((cause: unknown) => {
    throw new TunnelFailure(`${name}: RevokedHostKeys cannot be read`, { hint: toNodeError(cause).message });
  });
  const heard = via ? null : nameServersHeard(hop.host);
  if (heard) {
    const silent = () => new TunnelFailure(`${name}: no name server answers for the host's name`);
    await withDeadline(heard, loginMs, silent);
  }
  const client = new library.Client();
  const login = new SshLogin(hop, secrets, library);
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const listeners: ((reason: string | null) => void)[] = [];
  let refusal: TunnelFailure | null = null;
  let reason: string | null = null;
  client.on("error", (cause) => {
    if (cause instanceof KeyIsTaken) return;
    // An agent that does not answer is one way less, not the end.
    if (cause.level === "agent")
      return void login.tried.push(`no answer of the agent (${maskSecrets(cause.message)})`);
    reason ??= reasonOf(cause);
    ready.reject(refusal ?? loginFailure(name, cause, login));
  });
  client.on("ready", ready.resolve);
  client.on("close", () => {
    ready.reject(new TunnelFailure(`${name} closed the connection`));
    for (const listener of listeners) listener(reason);
  });
  const socket = via?.channel ?? connect(hop.port, hop.host).setNoDelay(true);
  const destroy = () => {
    client.end();
    socket.destroy();
    // A channel is closed only once its last bytes were taken.
    socket.resume();
  };
  try {
    client.connect({
      sock: socket,
      username: hop.user,
      authHandler: login.handler,
      hostVerifier: (key: Buffer) => {
        const error = refuseHost([...known, ...revoked], hop, via?.hops ?? [], hostKeyOf(key));
        refusal = error && new TunnelFailure(error, { needsPerson: true });
        return refusal === null;
      },
      algorithms: { serverHostKey: [...keyAlgorithms(known, hop)] },
      keepaliveInterval: keepaliveMs,
      keepaliveCountMax: 2,
      readyTimeout: 0,
    });
    await withDeadline(
      ready.promise,
      loginMs,
      () => new TunnelFailure(`${name} did not let us in within ${loginMs / 1000} s`),
    );
  } catch (cause) {
    destroy();
    throw cause;
  }
  return { hop, client, onEnd: (listener) => void listeners.push(listener), destroy };
}

type Cause = Error & { readonly level?: string };

/** Why a session ended, beyond that it did. */
function reasonOf({ level, message }: Cause): string | null {
  if (level === "client-socket") return null;
  return level === "client-timeout" ? `no answer for ${(keepaliveMs * 3) / 1000} s` : maskSecrets(message);
}

function loginFailure(name: string, cause: Cause, login: SshLogin): TunnelFailure {
  const { level, message } = cause;
  if (level === "client-authentication" || /authentication failures/.test(message)) {
    login.refused();
    return new TunnelFailure(login.error, { needsPerson: true });
  }
  const hint = "Check host and port of `ssh`, and that the host is up.";
  if (level === "client-socket") return new TunnelFailure(`${name}: ${toNodeError(cause).message}`, { hint });
  return new TunnelFailure(`${name} speaks no ssh that we know: ${maskSecrets(message)}`, { hint });
}

/** A failure of the way to a node; `needsPerson` says that trying again soon will not help. */
export class TunnelFailure extends NodeFailure {
  readonly needsPerson: boolean;

  constructor(
    what: string | NodeError,
    { hint = null, needsPerson = false }: { hint?: string | null; needsPerson?: boolean } = {},
  ) {
    super(typeof what === "string" ? nodeError("tunnel", what, hint) : what);
    this.needsPerson = needsPerson;
  }
}
