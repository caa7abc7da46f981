import { restLogin, startPatroni } from "../tests/support/discovery/patroni.ts";
import type { ExampleServers } from "./example-server.ts";

/** Three members that Patroni looks after, of which another one leads than at first. */
export async function startExamplePatroni(): Promise<ExampleServers> {
  const cluster = await startPatroni("orders", ["orders-1", "orders-2", "orders-3"]);
  const roles = await cluster.roles();
  const [leader = ""] = Object.keys(roles).filter((name) => roles[name] === "leader");
  await cluster.switchover(leader, leader === "orders-1" ? "orders-2" : "orders-1");
  const discover = {
    patroni: cluster.members.map(({ rest }) => rest),
    ...{ username: restLogin.username, password_env: "PATRONI_PASSWORD" },
    node: { user: "postgres", database: "postgres", sslmode: "disable" },
  };
  return {
    config: JSON.stringify({ clusters: { orders: { discover } } }),
    env: { PATRONI_PASSWORD: restLogin.password },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
