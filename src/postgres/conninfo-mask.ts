/**
 * Where a connection string, or a psql command, holds a password: what is before it, and the password itself. A quote
 * may be part of it, so the one behind it is rather masked too.
 */
const places: readonly RegExp[] = [
  // Before the "@" comes it may still be a port, which has digits alone.
  /((?:^|\s|["'])postgres(?:ql)?:\/\/[^:@/?\s]*:)(?!\d{1,5}(?:[/?,\s"']|$))([^@]*(?=@)|[^@\s]*)/giu,
  /([?&](?:ssl)?password\s*=\s*)([^\s&]*)/giu,
  /((?:^|[\s"'])(?:ssl)?password\s*=\s*)('(?:[^'\\]|\\.)*'?|(?:[^\s\\]|\\.?)*)/giu,
  /((?:^|\s)PGPASSWORD=)((?:'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.|[^\s'"\\])*)/gu,
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
