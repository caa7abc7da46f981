import { render, Text, useInput } from "ink";
import { takeOverTerminal } from "../../../src/app/terminal.ts";

/** A program that takes the terminal as ours does and then has a bug, of the kind that its argument names. */
const kind = process.argv[2];

function Bug({ now }: { readonly now: boolean }) {
  useInput(() => {
    if (kind === "throw") setTimeout(() => throwIt(), 1);
    else if (kind === "reject") void Promise.reject(new Error("a bug in the program"));
    else if (kind === "render") again(true);
  });
  if (now) throwIt();
  return <Text>ready</Text>;
}

function throwIt(): never {
  throw new Error("a bug in the program");
}

let again: (now: boolean) => void = () => {};
takeOverTerminal(() => {
  const instance = render(<Bug now={false} />, { alternateScreen: true, exitOnCtrlC: false });
  again = (now) => instance.rerender(<Bug now={now} />);
  return instance;
});
