import { isKeyword, type Keyword, keywordNames } from "./keywords.ts";

/** A parameter of another program in libpq's words, or that nothing here answers to it. */
export type Translation = { readonly keyword: Keyword; readonly text: string } | "left out";

/** Names are compared as drivers do that take several spellings: `SSL Mode`, `sslMode` and `sslmode` are one. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, "");

/** Other names of libpq's keywords, by program: Npgsql, ODBC, JDBC, R2DBC, PHP, SQLAlchemy. */
const synonyms: readonly (readonly [Keyword, string])[] = [
  ["host", "server servername data source address addr"],
  ["dbname", "database db initialcatalog"],
  ["user", "username userid uid"],
  ["password", "pwd psw"],
  ["sslrootcert", "rootcertificate sslca cafile"],
  ["sslcert", "sslcertificate clientcertificate"],
  ["sslkey", "clientcertificatekey"],
  ["connect_timeout", "timeout"],
  ["target_session_attrs", "targetsessionattributes targetservertype"],
  ["keepalives", "tcpkeepalive tcpkeepalives"],
  ["sslmode", "ssl sslrequire"],
];

/** What other programs' strings say of themselves, their pools and their sessions. None of it changes who is reached. */
const others = new Set(
  `schema pgbouncer connectionlimit pooltimeout sockettimeout statementcachesize sslaccept sslidentity
  singleuseconnections maxconnectionlifetime maxidleconnectionlifetime supa workaround poolmode
  commandtimeout preparedstatementcachesize preparedstatementnamefunc maxcachedstatementlifetime
  maxcacheablestatementsize serversettings directtls charset executemanymode poolsize maxoverflow poolrecycle
  poolpreping poolclass echo asyncfallback connmaxage connhealthchecks disableserversidecursors engine
  atomicrequests adapter pool encoding reconnect preparedstatements statementlimit checkouttimeout
  reapingfrequency idletimeout schemasearchpath advisorylocks minmessages statementtimeout maxconnections
  minconnections insertreturning uselibpqcompat max min idletimeoutmillis connectiontimeoutmillis
  allowexitonidle keepalive querytimeout locktimeout idleintransactionsessiontimeout binary maxlifetime prepare
  fetchtypes poolmaxconns poolminconns poolminidleconns poolmaxconnlifetime poolmaxconnlifetimejitter
  poolmaxconnidletime poolhealthcheckperiod defaultqueryexecmode statementcachecapacity
  descriptioncachecapacity statementcachemode prefersimpleprotocol binaryparameters
  disablepreparedbinaryresult sslinline krbspn searchpath timezone datestyle intervalstyle role
  extrafloatdigits defaulttransactionreadonly defaulttransactionisolation workmem clientminmessages
  synchronouscommit currentschema logintimeout cancelsignaltimeout preparethreshold
  preparedstatementcachequeries preparedstatementcachesizemib preferquerymode defaultrowfetchsize
  binarytransfer binarytransferenable binarytransferdisable rewritebatchedinserts stringtype sslfactory
  sslfactoryarg sslhostnameverifier sslpasswordcallback sslresponsetimeout allowencodingchanges
  assumeminserverversion autosave cleanupsavepoints databasemetadatacachefields
  databasemetadatacachefieldsmib disablecolumnsanitiser escapesyntaxcallmode groupstartupparameters
  gssusedefaultcreds hideunprivilegedobjects hostrecheckseconds jaasapplicationname jaaslogin
  kerberosservername kerberosservicename localsocketaddress logservererrordetail logunclosedconnections
  loggerfile loggerlevel maxresultbuffer maxsendbuffersize adaptivefetch adaptivefetchminimum
  adaptivefetchmaximum protocolversion quotereturningidentifiers raiseexceptiononsilentrollback readonly
  readonlymode receivebuffersize sendbuffersize socketfactory socketfactoryarg sspiserviceclass tcpnodelay
  unknownlength usespnego xmlfactoryfactory authenticationpluginclassname gssresponsetimeout
  convertbooleantonumeric lockwaittimeout initialsize maxsize maxidletime maxlifetime pooling
  minimumpoolsize minpoolsize maximumpoolsize maxpoolsize connectionidlelifetime connectionpruninginterval
  connectionlifetime internalcommandtimeout cancellationtimeout trustservercertificate
  checkcertificaterevocation includeerrordetail includeerrordetails includerealm persistsecurityinfo
  integratedsecurity tcpkeepalivetime tcpkeepaliveinterval readbuffersize writebuffersize
  socketreceivebuffersize socketsendbuffersize maxautoprepare autoprepareminusages noresetonclose
  loadtablecomposites replicationmode arraynullabilitymode multiplexing
  writecoalescingbufferthresholdbytes logparameters enlist servercompatibilitymode loadbalancetimeout
  gssencryptionmode driver provider protocol dsn description boolsaschar fetch usedeclarefetch byteaaslongvarbinary
  rowversioning showsystemtables`.split(/\s+/),
);

const keywordOf: ReadonlyMap<string, Keyword> = new Map([
  ...keywordNames.map((keyword) => [plain(keyword), keyword] as const),
  ...synonyms.flatMap(([keyword, names]) => names.split(" ").map((name) => [name, keyword] as const)),
  ["datasource", "host"] as const,
]);

/** Whether a name is one of libpq's keywords, in whatever spelling, and no synonym of one. */
export function isOwnName(name: string): boolean {
  return ownNames.has(plain(name));
}

const ownNames: ReadonlySet<string> = new Set(keywordNames.map(plain));

/** What a parameter of another program comes to; null when the name is not known at all. */
export function translateParameter(name: string, value: string): Translation | null {
  const keyword = isKeyword(name) ? name : keywordOf.get(plain(name));
  if (keyword === undefined) return others.has(plain(name)) ? "left out" : null;
  const text = textOf(keyword, value.trim());
  return text === null ? "left out" : { keyword, text };
}

/** The value as libpq writes it; null when libpq has none like it. Free text stays as it is. */
function textOf(keyword: Keyword, value: string): string | null {
  switch (keyword) {
    case "sslmode":
      return sslModes.get(choice(value)) ?? choice(value);
    case "target_session_attrs":
      return choice(value) === "prefer-primary" ? null : (servers.get(choice(value)) ?? choice(value));
    case "load_balance_hosts":
      return switched(value, "random", "disable");
    case "keepalives":
      return switched(value, "1", "0");
    case "connect_timeout":
      // Some drivers write a duration with its unit.
      return /^\d+$/.test(value) ? value : null;
    case "channel_binding":
    case "gssencmode":
    case "sslnegotiation":
      return choice(value);
    default:
      return value;
  }
}

/** `VerifyFull`, `verify_full` and `VERIFY-FULL` are libpq's verify-full. */
function choice(value: string): string {
  return value
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

function switched(value: string, on: string, off: string): string {
  if (/^(?:true|yes|on|1)$/i.test(value)) return on;
  return /^(?:false|no|off|0)$/i.test(value) ? off : choice(value);
}

const sslModes: ReadonlyMap<string, string> = new Map([
  ...["true", "1", "on", "yes", "required", ""].map((word) => [word, "require"] as const),
  ...["false", "0", "off", "no"].map((word) => [word, "disable"] as const),
  // node-postgres: TLS, whoever is at the other end.
  ["no-verify", "require"],
  ["verifyca", "verify-ca"],
  ["verifyfull", "verify-full"],
]);

const servers: ReadonlyMap<string, string> = new Map([
  ["master", "primary"],
  ["secondary", "standby"],
  ["slave", "standby"],
  ["prefer-secondary", "prefer-standby"],
  ["prefer-slave", "prefer-standby"],
]);
