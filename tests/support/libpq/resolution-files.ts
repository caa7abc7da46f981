/** The files of the home folder that the cases use, with their mode; `~` in a text stands for the folder. */
export const files: readonly (readonly [path: string, text: string, mode?: number])[] = [
  [
    ".pg_service.conf",
    `# a comment
[own]
host=/svc
port=6001
user=svcuser
dbname=svcdb
password=svcpw

[own]
host=/second
[empty]
[blank]
host=
port=
user=
dbname=
password=
[hosts]
host=/a,/b
port=1,2
[ports]
host=/a,/b
port=1,2,3
[twice]
host=/first
host=/second
[quoted]
host=/q
dbname='quoted'
user="ann"
[indented]
   host=/indented
\tport=6002
dbname=a b
   # a comment
password=  blanks within
[trailing] junk
host=/trailing
[equals]
host=/e
options=-c geqo=off -c a=b=c
password=a=b
[address]
host=name
hostaddr=127.0.0.1
port=6003
[passfile]
host=127.0.0.1
passfile=~/pass/any
[case]
host=/case
[öl]
host=/öl
[badport]
host=/h
port=x
[badmode]
host=/h
sslmode=nonsense
[badtarget]
host=/h
target_session_attrs=nonsense
[noequals]
host
[unknown]
host=/h
hots=/h
[keyblank]
host = /h
[nested]
host=/h
service=own
`,
  ],
  ["other.conf", "[own]\nhost=/other\n[other]\nhost=/other\n"],
  ["empty.conf", ""],
  ["broken.conf", "host=/h\n[first\nnonsense\n[own]\nhost=/afterwards\n"],
  ["system/pg_service.conf", "[own]\nhost=/system\n[system]\nhost=/system\nport=6004\n"],
  ["pass/any", "*:*:*:*:any\n", 0o600],
  ["pass/order", "127.0.0.1:*:*:*:first\n127.0.0.1:5432:app:ana:second\n", 0o600],
  [
    "pass/fields",
    `127.0.0.2:*:*:*:host
127.0.0.1:6000:*:*:port
127.0.0.1:*:shop:*:database
127.0.0.1:*:*:bob:user
127.0.0.1:5432:app:ana:exact
`,
    0o600,
  ],
  [
    "pass/escape",
    "127.0.0.1:*:a\\:b:*:p\\:w\\\\x\n127.0.0.1:*:c\\\\d:*:back\n127.0.0.1:*:*:*:cut:off\n",
    0o600,
  ],
  ["pass/comment", "#*:*:*:*:comment\n #*:*:*:*:blank\n\n*:*:*:*:real # and not a comment\n", 0o600],
  ["pass/crlf", "*:*:*:*:line\r\n", 0o600],
  ["pass/noeol", "*:*:*:*:end", 0o600],
  ["pass/blanks", "*:*:*:*:  blanks  \n", 0o600],
  ["pass/part", "127.0.0.*:*:*:*:part\n\\*:*:*:*:star\n", 0o600],
  ["pass/nothing", "127.0.0.1:*:*:*:\n*:*:*:*:later\n", 0o600],
  ["pass/short", "127.0.0.1:5432\n127.0.0.1:5432:app:ana\n*:*:*:*:after\n", 0o600],
  ["pass/local", "localhost:*:*:*:local\n", 0o600],
  ["pass/socket", "/sock:*:*:*:socket\n@abstract:*:*:*:abstract\n", 0o600],
  ["pass/name", "name:*:*:*:byname\n127.0.0.1:*:*:*:byaddress\n", 0o600],
  ["pass/six", "\\:\\:1:*:*:*:six\n", 0o600],
  ["pass/last", "/a:*:*:*:one\n/b:2:*:*:two\n", 0o600],
  ["pass/empty", "", 0o600],
  ["pass/group", "*:*:*:*:group\n", 0o640],
  ["pass/world", "*:*:*:*:world\n", 0o604],
  ["pass/executable", "*:*:*:*:executable\n", 0o700],
  ["pass/readonly", "*:*:*:*:readonly\n", 0o400],
];
