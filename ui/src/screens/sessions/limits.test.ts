import { expect, it } from "vitest";
import type { LimitUse } from "../../api/generated";
import { de } from "../../texts/de";
import { en } from "../../texts/en";
import { figure, fullness } from "./limits";

const locks: LimitUse = { kind: "locks", used: 30, most: 1000, each: 100, each_address: null, fullest: null, refused: 0 };

it("a limit is as full as for whoever has the most of it", () => {
  expect(fullness(locks)).toBe(3);
  expect(fullness({ ...locks, fullest: { who: "alice", used: 25 } })).toBe(25);
  expect(fullness({ ...locks, each: null, fullest: { who: "alice", used: 25 } })).toBe(3);
  expect(fullness({ ...locks, used: 1000, fullest: { who: "alice", used: 1 } })).toBe(100);
  expect(fullness({ ...locks, used: 2000 })).toBe(100);
  expect(fullness({ ...locks, used: 0, most: 0 })).toBe(0);
});

it("bytes are told from things that are counted", () => {
  expect(figure(en, "waiting-bytes", 16_000_000)).toBe("16\u00a0MB");
  expect(figure(de, "opens", 65_536)).toBe("65.536");
});
