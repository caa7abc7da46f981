import { afterEach, describe, expect, test } from "bun:test";
import type { PasswordSource } from "../../../src/config/settings.ts";
import { toNodeError } from "../../../src/postgres/sqlstate.ts";
import { TypedSecrets } from "../../../src/services/secrets/typed-secrets.ts";
import { SshTunnels } from "../../../src/services/ssh/tunnels.ts";
import { Secret } from "../../../src/text/secret.ts";
import { makeAccount, makesAccounts } from "../../support/servers/account.ts";
import { nodeSettings } from "../../support/servers/node-settings.ts";
import { until } from "../../support/servers/servers.ts";
import { startSshd, throughSshd } from "../../support/servers/sshd.ts";

const phrase = "open 'sesame'";
const variable = "PGPARADE_TEST_SSH_REFUSED";
const fromVariable: readonly PasswordSource[] = [{ kind: "environment", variable }];
afterEach(() => void delete process.env[variable]);

describe.skipIf(!makesAccounts)("a bastion's password (needs openssh-server and root)", () => {
  test.each(["PasswordAuthentication", "KbdInteractiveAuthentication"])(
    "by %s: a wrong one is tried three times, then not before it changes or a person asks",
    async (method) => {
      const others = ["PasswordAuthentication", "KbdInteractiveAuthentication"].filter(
        (one) => one !== method,
      );
      await using sshd = await startSshd([
        "UsePAM yes",
        `${method} yes`,
        ...others.map((other) => `${other} no`),
      ]);
      await using account = await makeAccount(phrase);
      const failed = () => sshd.log().match(/^Failed (?:password|keyboard-interactive)/gm)?.length ?? 0;
      // It may write to its log after it has answered.
      const hasFailed = async (times: number) => {
        await until(() => failed() >= times);
        expect(failed()).toBe(times);
      };
      const typed = new TypedSecrets();
      const ssh = throughSshd(sshd, { user: account.name, passwords: fromVariable });
      const tunnel = new SshTunnels(typed).use(
        nodeSettings({ name: "behind", port: 1 }, { ssh }),
        () => ({}),
      );
      const attempt = async () => {
        tunnel?.retryNow();
        return tunnel?.ready().then(
          () => null,
          (cause: unknown) => toNodeError(cause),
        );
      };
      process.env[variable] = "wrong";
      for (let n = 1; n <= 6; n++) {
        const error = await attempt();
        expect(error).toMatchObject({ kind: "tunnel", wantedSecret: { kind: "password" } });
        expect(error?.isHeld ?? false).toBe(n >= 3);
        if (n >= 3) expect(error?.message).toEndWith("refused too often, not tried again");
      }
      await hasFailed(3);
      expect(sshd.callers).toBe(3);
      tunnel?.forgive();
      for (let n = 0; n < 3; n++) await attempt();
      await hasFailed(4);
      expect(sshd.callers).toBe(4);
      const error = await attempt();
      if (error?.wantedSecret) typed.enter(error.wantedSecret, new Secret("mistyped"));
      for (let n = 0; n < 3; n++) await attempt();
      await hasFailed(5);
      process.env[variable] = phrase;
      expect(await attempt()).toBeNull();
      tunnel?.end();
    },
  );
});
