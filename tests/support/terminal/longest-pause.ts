/** Measures how long nothing else could run; the returned function ends it and gives the longest time, in ms. */
export function longestPause(): () => number {
  let [longest, last, isOver] = [0, performance.now(), false];
  const turn = () => {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
    if (!isOver) setTimeout(turn, 1);
  };
  turn();
  return () => {
    isOver = true;
    turn();
    return longest;
  };
}
