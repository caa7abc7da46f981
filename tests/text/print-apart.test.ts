import { expect, test } from "bun:test";
import { printApart } from "../../src/text/pretty.ts";
import { seeded } from "../support/seeded.ts";

test("whatever the figures are, the printed ones read as the values compare", () => {
  const next = seeded(8);
  const random = () => next(1e6) / 1e6;
  const worth: Record<string, number> = {
    s: 1,
    m: 60,
    h: 3600,
    d: 86_400,
    "%": 1,
    kB: 1024,
    MB: 1024 ** 2,
    GB: 1024 ** 3,
  };
  for (const kind of ["seconds", "bytes", "percent"] as const)
    for (let run = 0; run < 2000; run++) {
      const limit = Math.round(10 ** (1 + 6 * random()));
      const away = (0.5 + random()) * 10 ** -Math.floor(1 + 4 * random());
      const value = limit * (random() < 0.5 ? 1 + away : 1 - away);
      const printed = printApart(kind, value, limit);
      if (printed.limit === null) throw new Error(`${kind} ${value} ${limit}`);
      const read = (text: string) =>
        [...text.matchAll(/([\d.]+) ?([a-zA-Z%]*)/g)].reduce(
          (sum, [, figure, unit]) => sum + Number(figure) * (worth[unit ?? ""] ?? 1),
          0,
        );
      expect([printed, Math.sign(read(printed.value) - read(printed.limit ?? ""))]).toEqual([
        printed,
        Math.sign(value - limit),
      ]);
    }
});

test.each([
  [86.87, 80, "86.9%", "80%"],
  [86.97, 80, "87%", "80%"],
  [95.46, 95.5, "95.46%", "95.5%"],
  [99.97, 95, "99.9%", "95%"],
])("%p %% beside %p %% has the tenths of its view", (value, limit, printed, beside) =>
  expect<object>(printApart("percent", value, limit)).toEqual({ value: printed, limit: beside }),
);

test("a time that is overdue has a minus", () => {
  expect<object>(printApart("seconds", -302, 3600)).toEqual({ value: "-5m", limit: "60m" });
  expect<object>(printApart("seconds", -3, 0)).toEqual({ value: "-3s", limit: "0s" });
});
