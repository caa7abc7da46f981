import type { Secret } from "./secret.ts";

const stars = "***";

/** Of a shorter one most texts hold the letters by chance. */
const shortest = 4;

/** A server cuts names at 63 bytes: of a longer secret this much gives it away. */
const tellingPart = 24;

/** Words that messages are made of: stars in their place would say what the password is. */
const ordinary: ReadonlySet<string> = new Set(
  "connection database login password postgres role server superuser user".split(" "),
);

/** So many of the newest cannot be collected before the answer to their login is in. */
const heldSecrets = 1000;

const known = new Set<WeakRef<Secret>>();
let newest: readonly Secret[] = [];
const names = new Set<string>();

/** From now on no message and no log line shows this secret; see {@link maskSecrets}. It is held weakly. */
export function knowSecret(secret: Secret): void {
  if (secret.reveal() === "") return;
  // A file is read anew for each login, and gives the same secret each time.
  const same = living().find((one) => one.reveal() === secret.reveal());
  if (!same) known.add(new WeakRef(secret));
  const kept = same ?? secret;
  newest = [...newest.filter((one) => one !== kept), kept].slice(-heldSecrets);
}

function living(): readonly Secret[] {
  return [...known].flatMap((reference) => {
    const secret = reference.deref();
    if (secret === undefined) known.delete(reference);
    return secret ?? [];
  });
}

/** Names that are on the screen anyway, such as a role's: a password that is part of one cannot be hidden there. */
export function showName(name: string): void {
  names.add(name.toLowerCase());
}

/**
 * A text from outside (a server, an ssh host, the system) with `***` in place of every secret that the program knows,
 * as it is or as a URI, SQL, JSON or a connection string would write it. One of fewer than 4 characters is found only as the whole of something quoted or
 * behind a `=`. One that is part of a name on the screen, or a word that messages are made of, stays.
 */
export function maskSecrets(text: string): string {
  return masked(text, () => true);
}

/** What our own words are made of. A secret that has a digit or another sign in it is none of them. */
const likeOurWords = /^[A-Za-z]+(?:[ '._-]+[A-Za-z]+)*$/;

/**
 * Our own words, with {@link maskSecrets} applied to what they took in. A secret that may be some of our words, such as
 * `another`, stays: stars in their place would garble them, and tell it. What is from outside is masked before.
 */
export function maskInOurWords(text: string): string {
  return masked(text, (secret) => !likeOurWords.test(secret.reveal()));
}

function masked(text: string, isMasked: (secret: Secret) => boolean): string {
  // The longest first: a piece of it may be another.
  return living()
    .filter(isMasked)
    .toSorted((one, other) => other.reveal().length - one.reveal().length)
    .reduce(without, text);
}

/** A value of a log line with {@link maskInOurWords} applied to every text in it. */
export function maskDeeply(value: unknown): unknown {
  if (typeof value === "string") return maskInOurWords(value);
  if (typeof value !== "object" || value === null) return value;
  if ("toJSON" in value && typeof value.toJSON === "function") return maskDeeply(value.toJSON());
  if (Array.isArray(value)) return value.map(maskDeeply);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [maskInOurWords(key), maskDeeply(one)]),
  );
}

function without(text: string, secret: Secret): string {
  const { lower, list } = formsOf(secret);
  if (ordinary.has(lower) || !list.some((form) => text.includes(form.slice(0, tellingPart)))) return text;
  for (const name of names) if (name.includes(lower)) return text;
  return list.reduce(replaced, text);
}

type Forms = { readonly lower: string; readonly list: readonly string[] };
const forms = new WeakMap<Secret, Forms>();

function formsOf(secret: Secret): Forms {
  const found = forms.get(secret) ?? formsOfText(secret.reveal());
  forms.set(secret, found);
  return found;
}

function formsOfText(secret: string): Forms {
  const percent = encoded(secret);
  const code = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  const written = [
    secret,
    percent,
    percent.replace(/[!'()*~._-]/g, code),
    percent.replaceAll("%20", "+"),
    secret.replaceAll("'", "''"),
    secret.replaceAll('"', '""'),
    secret.replace(/[\\']/g, "\\$&"),
    JSON.stringify(secret).slice(1, -1),
    btoa(Array.from(new TextEncoder().encode(secret), (byte) => String.fromCharCode(byte)).join("")),
  ];
  const lowerCase = written.map((form) => form.replace(/%[0-9A-F]{2}/g, (found) => found.toLowerCase()));
  return { lower: secret.toLowerCase(), list: [...new Set([...written, ...lowerCase])] };
}

/** A lone surrogate has no percent-encoding. */
function encoded(secret: string): string {
  return secret.isWellFormed() ? encodeURIComponent(secret) : secret;
}

function replaced(text: string, form: string): string {
  if (form.length < shortest) return replacedWhole(text, form);
  const part = form.slice(0, tellingPart);
  let done = "";
  let from = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, from)) {
    let end = at + part.length;
    while (end < text.length && end - at < form.length && text[end] === form[end - at]) end += 1;
    done += text.slice(from, at) + stars;
    from = end;
  }
  return done + text.slice(from);
}

const quotes = /["'`=«„“‘»”’]/;
const ends = /["'`«»”“’&;,\s]/;

function replacedWhole(text: string, form: string): string {
  let done = "";
  let from = 0;
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    const end = at + form.length;
    if (at < from || !quotes.test(text[at - 1] ?? "") || !ends.test(text[end] ?? " ")) continue;
    done += text.slice(from, at) + stars;
    from = end;
  }
  return done + text.slice(from);
}
