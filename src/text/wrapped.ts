/** Safe text in lines of at most `room` cells, broken at blanks, and where a word is longer than a line. */
export function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ").flatMap((one) => pieces(one, room))) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && Bun.stringWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A fingerprint or a path that is cut cannot be compared or typed. */
function pieces(word: string, room: number): string[] {
  if (Bun.stringWidth(word) <= room) return [word];
  const lines = [""];
  for (const { segment } of new Intl.Segmenter().segment(word)) {
    const longer = (lines.at(-1) ?? "") + segment;
    if (Bun.stringWidth(longer) <= room) lines[lines.length - 1] = longer;
    else lines.push(segment);
  }
  return lines;
}
