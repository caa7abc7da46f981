import { isScalar, type YAMLMap } from "yaml";
import { aboveComments, itemLines, placeOf, type Splice } from "./layout.ts";

/** The entries in another order, each with the comments directly above it; what stands between them stays. */
export function orderEntries(text: string, map: YAMLMap, names: readonly string[]): Splice | null {
  const spans = map.items.map((pair) => {
    const place = placeOf(pair);
    if (!place) return null;
    if (map.flow) return { from: place.keyStart, to: place.valueEnd, name: nameOf(pair.key) };
    const { start, end } = itemLines(text, place.keyStart, place.valueEnd);
    const to = text[end - 1] === "\n" ? end - 1 : end;
    return { from: aboveComments(text, start), to, name: nameOf(pair.key) };
  });
  const known = spans.filter((span) => span !== null);
  const [first] = known;
  const last = known.at(-1);
  if (!first || !last || known.length < spans.length) return null;
  const rank = ({ name }: { name: string }) => {
    const at = names.indexOf(name);
    return at < 0 ? names.length : at;
  };
  const ordered = known.toSorted((one, other) => rank(one) - rank(other));
  const pieces = ordered.map(({ from, to }, index) => {
    const [slot, next] = [known[index], known[index + 1]];
    return text.slice(from, to) + (slot && next ? text.slice(slot.to, next.from) : "");
  });
  return { from: first.from, to: last.to, text: pieces.join("") };
}

function nameOf(key: unknown): string {
  return isScalar(key) ? (key.source ?? String(key.value)) : "";
}
