/** What was typed after one more chord; a chord that is no editing key and no character changes nothing. */
export function edited(text: string, chord: string): string {
  if (chord === "backspace")
    return [...new Intl.Segmenter().segment(text)]
      .slice(0, -1)
      .map(({ segment }) => segment)
      .join("");
  if (chord === "ctrl-u") return "";
  if (chord === "ctrl-w") return text.replace(/\S+\s*$/, "");
  if (chord === "space") return `${text} `;
  return isTyped(chord) ? text + chord : text;
}

/** One character that a person typed, not the name of a key. */
function isTyped(chord: string): boolean {
  return [...new Intl.Segmenter().segment(chord)].length === 1;
}
