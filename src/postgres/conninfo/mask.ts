/**
 * Where a connection string, a psql command or what another program writes for one holds a password: what is before
 * it, and the password itself. A quote may be part of it, so the one behind it is rather masked too.
 */
const places: readonly RegExp[] = [
  // Between semicolons it may hold blanks.
  /(;\s*(?:\w+ )?\w*(?:password|passwd|pwd|psw)\s*=\s*)("(?:[^"]|"")*"?|\{(?:[^}]|\}\})*\}?|[^;]*)/giu,
  /(^\s*(?:\w+ )?\w*(?:password|passwd|pwd|psw)\s*=\s*)("(?:[^"]|"")*"?|\{(?:[^}]|\}\})*\}?|[^;]*)(?=;)/giu,
  // What has digits alone is a port, until an "@" comes. The last "@" ends it: of those in it nobody may have thought.
  /((?:^|[\s"'=])[a-z][a-z0-9+.:-]*:\/\/[^:@/?\s]*:)(?!\d{1,5}(?:[/?,\s"']|$)(?![^?\s]*@))(\S*(?=@)|[^@]*(?=@)|[^@\s]*)/giu,
  /([?&](?:ssl)?password\s*=\s*)([^\s&]*)/giu,
  /((?:^|\s)PGPASSWORD=)((?:'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.|[^\s'"\\])*)/gu,
  /((?:^|[\s"';])\w*(?:password|passwd|pwd)\s*=\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.?)*)/giu,
];

/**
 * The text with a star for each character of a password in it, so that it can be shown while it is typed. It has as
 * many characters, as a person counts them, as the text had.
 */
export function maskPasswords(text: string): string {
  return places.reduce(
    (masked, place) =>
      masked.replace(place, (_, before: string, password: string) => before + stars(password)),
    text,
  );
}

function stars(text: string): string {
  return "*".repeat([...new Intl.Segmenter().segment(text)].length);
}
