/** A connection string, empty for none, and the environment beside HOME and PGSYSCONFDIR. */
export type ResolutionCase = {
  readonly target: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** What is compared besides where a connection goes. */
export type OtherKeywords = Readonly<
  Record<
    | "application_name"
    | "connect_timeout"
    | "hostaddr"
    | "keepalives_idle"
    | "options"
    | "sslmode"
    | "target_session_attrs",
    string
  >
>;

/** Where a connection goes; of several hosts the last, since nobody is at the ones before. Null when it is refused. */
export type Resolution =
  | (Readonly<Record<"host" | "port" | "dbname" | "user" | "password", string>> & OtherKeywords)
  | null;

const at = (target: string, environment: Record<string, string> = {}): ResolutionCase => ({
  target,
  environment,
});
const passed = (file: string, target: string) => at(target, { PGPASSFILE: `~/pass/${file}` });

/** Each parameter as string, service and environment give it: 5 times every subset of the three. */
const precedence = Object.entries({
  host: ["PGHOST", "/string", "/svc", "/env"],
  port: ["PGPORT", "7001", "6001", "7003"],
  user: ["PGUSER", "ana", "svcuser", "eve"],
  dbname: ["PGDATABASE", "app", "svcdb", "envdb"],
  password: ["PGPASSWORD", "stringpw", "svcpw", "envpw"],
}).flatMap(([keyword, [variable = "", own = "", , env = ""]]) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((subset) =>
    at([subset & 1 && `${keyword}=${own}`, subset & 2 && "service=own"].filter((part) => part).join(" "), {
      ...(subset & 4 && { [variable]: env }),
      ...(keyword === "host" ? {} : { PGHOST: "/base" }),
    }),
  ),
);

const everything = {
  PGHOST: "/env",
  PGPORT: "7003",
  PGUSER: "eve",
  PGDATABASE: "envdb",
  PGPASSWORD: "envpw",
  PGPASSFILE: "~/pass/any",
};

const empties = [
  ...["host", "port", "user", "dbname", "password"].flatMap((keyword) => [
    at(`${keyword}=''`, everything),
    at(`service=own ${keyword}=''`),
    at(`postgresql:///?${keyword}=`, everything),
  ]),
  at("service=blank", everything),
  at("host='' port='' user='' dbname='' password=''"),
  at("postgresql://:@/", everything),
  ...Object.keys(everything).map((variable) => at("", { ...everything, [variable]: "" })),
  at("passfile='' host=127.0.0.1", everything),
  at("service=''", { PGSERVICE: "own" }),
  at("host=/h", { PGSERVICE: "" }),
  at("service=own", { PGSERVICEFILE: "" }),
  at("hostaddr='' host=/h", { PGHOSTADDR: "127.0.0.1" }),
];

const services = [
  ...["own", "empty", "hosts", "ports", "twice", "quoted", "indented", "trailing", "equals", "address"],
  ...["passfile", "case", "Case", "öl", "badport", "badmode", "badtarget", "noequals", "unknown", "keyblank"],
  ...["nested", "missing", "own]", "ow"],
].map((service) => at(`service=${service}`));

const serviceFiles = [
  at("", { PGSERVICE: "own" }),
  at("service=own", { PGSERVICE: "missing" }),
  at("postgresql://?service=own"),
  at("postgresql://u@/db?service=own"),
  at("service=missing host=/h"),
  at("service=own", { PGSERVICEFILE: "~/other.conf" }),
  at("service=own", { PGSERVICEFILE: "~/nowhere.conf" }),
  at("service=own", { PGSERVICEFILE: "~/empty.conf" }),
  at("service=own", { PGSERVICEFILE: "~/broken.conf" }),
  at("service=other", { PGSERVICEFILE: "~/other.conf" }),
  at("service=system", { PGSYSCONFDIR: "~/system" }),
  at("service=own", { PGSYSCONFDIR: "~/system" }),
  at("service=system", { PGSYSCONFDIR: "~/system", PGSERVICEFILE: "~/other.conf" }),
  at("service=own", { PGSYSCONFDIR: "~/system", PGSERVICEFILE: "~/empty.conf" }),
  at("service=system", { PGSYSCONFDIR: "~/nowhere" }),
  at("service=hosts port=7"),
  at("service=hosts", { PGPORT: "7" }),
  at("service=address", { PGPASSFILE: "~/pass/name" }),
  at("service=passfile", { PGPASSFILE: "~/pass/local" }),
  at("service=passfile passfile=~/pass/order"),
];

const me = "host=127.0.0.1 dbname=app user=ana";
const passwords = [
  ...["any", "order", "fields", "escape", "comment", "crlf", "noeol", "blanks", "part", "nothing", "short"],
  ...["local", "name", "empty", "group", "world", "executable", "readonly", "missing"],
].map((file) => passed(file, me));

const passwordFiles = [
  at(me),
  at(`${me} passfile=~/pass/any`, { PGPASSFILE: "~/pass/order" }),
  at(`${me} passfile=~/pass/missing`, { PGPASSFILE: "~/pass/order" }),
  at(me, { PGPASSFILE: "~/pass" }),
  at(me, { PGPASSFILE: "~/pass/any", PGPASSWORD: "envpw" }),
  at(`${me} password=own`, { PGPASSFILE: "~/pass/any", PGPASSWORD: "envpw" }),
  ...["host=127.0.0.2", "port=6000", "dbname=shop", "user=bob", "dbname=other"].map((change) =>
    passed("fields", `${me} ${change}`),
  ),
  ...["a:b", "c\\\\d", "a"].map((dbname) => passed("escape", `host=127.0.0.1 user=ana dbname=${dbname}`)),
  passed("local", "user=ana"),
  passed("local", "host=localhost hostaddr=127.0.0.1"),
  passed("local", "host=/srv user=ana"),
  passed("socket", "host=/sock"),
  passed("socket", "host=/sock/"),
  passed("socket", "host=@abstract"),
  passed("name", "host=name hostaddr=127.0.0.1"),
  passed("name", "hostaddr=127.0.0.1"),
  passed("name", "host=NAME hostaddr=127.0.0.1"),
  passed("six", "host=::1"),
  passed("six", "postgresql://[::1]/app"),
  passed("part", "host=* hostaddr=127.0.0.1"),
  passed("last", "host=/a,/b port=1,2"),
  passed("last", "host=/b,/a port=2"),
  passed("last", "host=/a,/b port=1"),
];

const addresses = [
  at("hostaddr=127.0.0.1", { PGHOST: "/env" }),
  at("", { PGHOSTADDR: "127.0.0.1" }),
  at("host=name", { PGHOSTADDR: "127.0.0.1" }),
  at("host=name", { PGHOSTADDR: "127.0.0.1", PGPORT: "7" }),
  at("hostaddr=127.0.0.1,127.0.0.2", { PGHOST: "one" }),
  at("host=one,two hostaddr=127.0.0.1"),
  at("host=/one,/two hostaddr=,"),
  at("host=,/two port=,5"),
  at("host=/one,/two port=5,"),
  at("", { PGHOST: "/one,/two", PGPORT: "1,2" }),
  at("postgresql:///db", { PGHOST: "/one,/two", PGPORT: "1,2,3" }),
  at("postgresql://%2Fone,%2Ftwo", { PGPORT: "7" }),
  at("host=/h port=0"),
  at("host=/h port=65536"),
  at("host=/h port=' 6 '"),
  at("host=/h", { PGPORT: "x" }),
  at("host=/h", { PGSSLMODE: "nonsense" }),
  at("host=/h", { PGTARGETSESSIONATTRS: "nonsense" }),
  at("host=/h user=ana"),
  at("host=/h dbname=postgres://x/y"),
];

const keywords = [
  at("host=/h application_name=own", { PGAPPNAME: "env" }),
  at("host=/h application_name=''", { PGAPPNAME: "env" }),
  at("host=/h", { PGAPPNAME: "env" }),
  at("host=/h connect_timeout=5", { PGCONNECT_TIMEOUT: "6" }),
  at("host=/h", { PGCONNECT_TIMEOUT: "6" }),
  at("host=/h options='-c geqo=off'", { PGOPTIONS: "-c geqo=on" }),
  at("service=equals", { PGOPTIONS: "-c geqo=on" }),
  at("host=/h", { PGOPTIONS: "-c geqo=on" }),
  at("host=/h sslmode=allow", { PGSSLMODE: "require" }),
  at("host=/h", { PGSSLMODE: "require" }),
  at("host=/h", { PGREQUIRESSL: "1" }),
  at("host=/h", { PGREQUIRESSL: "0" }),
  at("host=/h", { PGREQUIRESSL: "1", PGSSLMODE: "allow" }),
  at("host=/h sslmode=allow", { PGREQUIRESSL: "1" }),
  at("postgresql://%2Fh/?ssl=true", { PGSSLMODE: "disable" }),
  at("host=/h target_session_attrs=standby", { PGTARGETSESSIONATTRS: "primary" }),
  at("host=/h", { PGTARGETSESSIONATTRS: "primary" }),
  at("host=/h keepalives_idle=9 sslmode=verify-full"),
];

/** Made from libpq's documented rules ("Parameter Key Words", "Environment Variables", "The Password File", "The Connection Service File"). */
export const resolutionCases: readonly ResolutionCase[] = [
  ...precedence,
  ...empties,
  ...services,
  ...serviceFiles,
  ...passwords,
  ...passwordFiles,
  ...addresses,
  ...keywords,
];
