import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openssl } from "./certificates.ts";

/** The files of a certificate and its key, and its end in milliseconds since 1970. */
export type Signed = { readonly crt: string; readonly key: string; readonly endsAtMs: number };

type Request = {
  /** The common name. */
  readonly name: string;
  /** Alternative names such as "DNS:db.example,IP:127.0.0.1". */
  readonly alternatives?: string;
  /** Days from now, which are past when negative. */
  readonly days?: number;
};

/** A certificate authority in a folder of its own, which goes with `remove`. */
export class Authority {
  readonly #folder = mkdtempSync(join(tmpdir(), "pgparade-ca-"));
  readonly #configuration = join(this.#folder, "ca.cnf");
  #signed = 0;

  constructor(name: string) {
    writeFileSync(this.#configuration, configuration(this.#folder));
    writeFileSync(join(this.#folder, "index.txt"), "");
    mkdirSync(join(this.#folder, "new"));
    const own = ["req", "-x509", ...newKey, "-subj", `/CN=${name}`, "-days", "30"];
    run([...own, "-keyout", join(this.#folder, "ca.key"), "-out", this.crt]);
  }

  /** The authority's own certificate. */
  get crt(): string {
    return join(this.#folder, "ca.crt");
  }

  sign({ name, alternatives, days = 2 }: Request): Signed {
    this.#signed += 1;
    const at = (ending: string) => join(this.#folder, `${this.#signed}.${ending}`);
    run(["req", ...newKey, "-subj", `/CN=${name}`, "-keyout", at("key"), "-out", at("csr")]);
    const end = Date.now() + days * dayMs;
    const from = ["-startdate", stamp(Math.min(Date.now(), end) - dayMs), "-enddate", stamp(end)];
    const more = alternatives ? ["-extfile", at("ext")] : [];
    if (alternatives) writeFileSync(at("ext"), `subjectAltName=${alternatives}\n`);
    run([...this.#ca, "-batch", "-notext", ...from, ...more, "-in", at("csr"), "-out", at("crt")]);
    return { crt: at("crt"), key: at("key"), endsAtMs: Math.floor(end / 1000) * 1000 };
  }

  /** Takes a certificate back; the list of those is returned. */
  revoke({ crt }: Signed): string {
    const list = join(this.#folder, "revoked.crl");
    run([...this.#ca, "-revoke", crt]);
    run([...this.#ca, "-gencrl", "-out", list]);
    return list;
  }

  /** The folder of a list of revoked certificates, under the name that openssl looks for. */
  hashed(list: string): string {
    const folder = join(this.#folder, "lists");
    mkdirSync(folder, { recursive: true });
    const hash = run(["crl", "-hash", "-noout", "-in", list]).trim();
    copyFileSync(list, join(folder, `${hash}.r0`));
    return folder;
  }

  /** The file of a key in another form. */
  withForm({ key }: Signed, form: "der" | "encrypted", passphrase = ""): string {
    const file = `${key}.${form}`;
    const how = form === "der" ? ["-outform", "DER"] : ["-aes256", "-passout", `pass:${passphrase}`];
    run(["pkey", "-in", key, ...how, "-out", file]);
    chmodSync(file, 0o600);
    return file;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #ca(): string[] {
    return ["ca", "-config", this.#configuration];
  }
}

const dayMs = 86_400_000;
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A time as openssl wants it: YYYYMMDDHHMMSSZ. */
function stamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
}

/** What openssl prints; throws with its words when it fails. */
function run(args: readonly string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync([openssl ?? "openssl", ...args]);
  if (exitCode !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
  return stdout.toString();
}

function configuration(folder: string): string {
  return `[ca]
default_ca = own
[own]
database = ${folder}/index.txt
new_certs_dir = ${folder}/new
certificate = ${folder}/ca.crt
private_key = ${folder}/ca.key
rand_serial = yes
unique_subject = no
default_md = sha256
default_crl_days = 30
policy = anything
[anything]
commonName = supplied
`;
}
