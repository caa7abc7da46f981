import { describe, expect, test } from "bun:test";
import {
  knowSecret,
  maskDeeply,
  maskInOurWords,
  maskSecrets,
  showName,
} from "../../src/text/known-secrets.ts";
import { Secret } from "../../src/text/secret.ts";
import { leaks, planted } from "../support/planted.ts";

const kept: Secret[] = [];
function known(text: string): string {
  const secret = new Secret(text);
  kept.push(secret);
  knowSecret(secret);
  return text;
}

describe("a known secret is in no message", () => {
  known(planted);
  const percent = encodeURIComponent(planted);
  test.each([
    ["as it is", planted],
    ["in the middle of a word", `x${planted}y`],
    ["twice", `${planted}${planted}`],
    ["in a URI", `postgres://u:${percent}@h`],
    ["in a URI, lower case", percent.replace(/%../g, (code) => code.toLowerCase())],
    ["in a form", percent.replaceAll("%20", "+")],
    ["in SQL", `'${planted.replaceAll("'", "''")}'`],
    ["as an identifier", `"${planted.replaceAll('"', '""')}"`],
    ["in a connection string", `password='${planted.replace(/[\\']/g, "\\$&")}'`],
    ["in JSON", JSON.stringify({ password: planted })],
    ["in base64", Buffer.from(planted).toString("base64")],
  ])("%s", (_, message) => {
    const masked = maskSecrets(`before ${message} after`);
    expect(leaks({ masked })).toEqual([]);
    expect(masked).toStartWith("before ");
    expect(masked).toEndWith(" after");
    expect(masked).toContain("***");
  });

  test("when it is long and was cut", () => {
    const token = known("eyJhbGciOiJSUzI1NiIsImtpZCI6IkFCQ0RFRiJ9.eyJzdWIiOiJtb25pdG9yIn0.c2lnbmF0dXJl");
    expect(maskSecrets(`identifier "${token}" will be truncated to "${token.slice(0, 63)}"`)).toBe(
      'identifier "***" will be truncated to "***"',
    );
  });

  test("in any place of a log line", () => {
    const line = { error: { message: `no ${planted}` }, list: [planted, 1n, null, new Secret(planted)] };
    expect(maskDeeply(line)).toEqual({ error: { message: "no ***" }, list: ["***", 1n, null, "***"] });
  });
});

describe("stars say nothing", () => {
  test("a short secret is found where it stands alone, not in words", () => {
    known("zq");
    expect(maskSecrets('password "zq" of zqx is wrong')).toBe('password "***" of zqx is wrong');
    expect(maskSecrets("host=h password=zq port=1")).toBe("host=h password=*** port=1");
    expect(maskSecrets("razzqed zq")).toBe("razzqed zq");
  });

  test("a password that is a word of every message, or part of a shown name, is not starred out", () => {
    known("password");
    known("orders");
    showName("Orders-1");
    const message = 'password authentication failed for user "orders"';
    expect(maskSecrets(message)).toBe(message);
  });

  test("one that may be words of ours is masked in texts from outside, and never in our own", () => {
    for (const secret of ["another", "Set the", "sslmode", "cannot be read", "max_connections", "don't"]) {
      known(secret);
      const own = `${secret} of it: ${secret}, "${secret}" or password=${secret}`;
      expect(maskInOurWords(own)).toBe(own);
      expect(maskSecrets(`it says ${secret}!`)).toBe("it says ***!");
    }
    const strange = known("another1");
    expect(maskInOurWords(`no ${strange}`)).toBe("no ***");
    expect(maskDeeply({ another: `has another, not ${strange}` })).toEqual({
      another: "has another, not ***",
    });
  });

  test("nothing is known of an empty one, or after a thousand others", () => {
    known("");
    expect(maskSecrets("as it was")).toBe("as it was");
    expect(maskSecrets("")).toBe("");
  });
});
