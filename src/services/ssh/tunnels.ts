import type { NodeSettings, PasswordSource, SshSettings } from "../../config/settings.ts";
import type { WantedSecret } from "../../postgres/node-error.ts";
import type { SocketAddress } from "../../postgres/socket-address.ts";
import { same } from "../same.ts";
import { askSource } from "../secrets/password-source.ts";
import type { TypedSecrets } from "../secrets/typed-secrets.ts";
import { sshRoute } from "./route.ts";
import { SshSecrets } from "./secrets.ts";
import { SshTunnel } from "./tunnel.ts";
import type { TunnelStream } from "./tunnel-stream.ts";

/** The tunnels there are: nodes with the same `ssh` settings share one session with their bastion. */
export class SshTunnels {
  readonly #typed: TypedSecrets;
  readonly #shared: { ssh: SshSettings; tunnel: SshTunnel; users: Set<TunnelUse> }[] = [];

  constructor(typed: TypedSecrets) {
    this.#typed = typed;
  }

  /** A node's use of its tunnel; null when it is reached directly. `environment` is for password commands. */
  use(node: NodeSettings, environment: () => Record<string, string>): TunnelUse | null {
    const { ssh } = node;
    if (!ssh) return null;
    let shared = this.#shared.find((one) => same(one.ssh, ssh));
    if (!shared) {
      shared = { ssh, tunnel: this.#open(ssh, node, environment), users: new Set() };
      this.#shared.push(shared);
    }
    return new TunnelUse(shared.tunnel, shared.users);
  }

  /** The tunnels that want what somebody has typed now are tried at once when they are used. */
  retry(wanted: WantedSecret): void {
    for (const { tunnel } of this.#shared)
      if (tunnel.failure?.wantedSecret?.name === wanted.name) tunnel.retryNow();
  }

  #open(ssh: SshSettings, node: NodeSettings, environment: () => Record<string, string>): SshTunnel {
    const ask = (source: PasswordSource) => askSource(source, node, environment);
    return new SshTunnel(() => sshRoute(ssh), new SshSecrets(ssh, this.#typed, ask));
  }
}

/** One node's use of a tunnel, from its first {@link ready} to its {@link end}. The last user to leave ends the tunnel. */
export class TunnelUse {
  readonly #tunnel: SshTunnel;
  readonly #users: Set<TunnelUse>;

  constructor(tunnel: SshTunnel, users: Set<TunnelUse>) {
    this.#tunnel = tunnel;
    this.#users = users;
  }

  /** Makes sure of the session with the bastion; rejects with a NodeFailure when there is none. */
  ready(): Promise<void> {
    this.#users.add(this);
    return this.#tunnel.ready();
  }

  stream(address: SocketAddress): TunnelStream {
    return this.#tunnel.stream(address);
  }

  retryNow(): void {
    this.#tunnel.retryNow();
  }

  forgive(): void {
    this.#tunnel.forgive();
  }

  end(): void {
    if (this.#users.delete(this) && this.#users.size === 0) this.#tunnel.end();
  }
}
