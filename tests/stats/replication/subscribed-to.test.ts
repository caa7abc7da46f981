import { expect, test } from "bun:test";
import { type SubscribedTo, whyNothing } from "../../../src/stats/replication/subscription-state.ts";

const why = (more: Partial<SubscribedTo> = {}) =>
  whyNothing({ wanted: ["shop", "nope"], publisher: "eu", published: new Set(["shop"]), tables: 3, ...more });

test("what a subscription replicates nothing for is said where both sides are known", () => {
  expect(why()).toBe("publication nope is not on eu");
  expect(why({ published: new Set() })).toBe("publications shop, nope are not on eu");
  expect(why({ wanted: ["shop"], tables: 0 })).toStartWith("it follows no table");
  expect(why({ wanted: ["shop"] })).toBeNull();
  expect(why({ wanted: ["shop, nope"], published: new Set(["shop, nope"]) })).toBeNull();
});

test("what is not known is not said", () => {
  expect(why({ published: null, tables: null })).toBeNull();
  expect(why({ wanted: null })).toBeNull();
});
