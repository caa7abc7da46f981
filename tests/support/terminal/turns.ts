/** Counts how often something else could run; the returned function ends it and gives the number. */
export function countTurns(): () => number {
  let [turns, isOver] = [0, false];
  const turn = () => {
    turns += 1;
    if (!isOver) setTimeout(turn, 1);
  };
  turn();
  return () => {
    isOver = true;
    return turns;
  };
}
