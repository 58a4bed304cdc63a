import { expect, it } from "vitest";
import { due, outdated, withSample } from "./events";
import type { CallName } from "./bridge";
import type { Event } from "./generated";

it("each event names what it makes out of date", () => {
  expect(outdated({ event: "configuration-changed" })).toContain("list-grants");
  expect(outdated({ event: "listeners-changed" })).toContain("status");
  expect(outdated({ event: "session-closed", id: 1 })).toContain("list-sessions");
  expect(outdated({ event: "refusals-counted" })).toContain("list-lock-outs");
  expect(outdated({ event: "sessions-active" })).toContain("list-open-files");
  const refused = { event: "activity", kind: "log-in-refused" } as Event;
  expect(outdated(refused)).toContain("list-lock-outs");
  const unlocked = { event: "activity", kind: "administered" } as Event;
  expect(outdated(unlocked)).toContain("list-people");
});

it("five minutes of samples are kept", () => {
  const sample = (n: number) => ({ at: String(n), bytes_in: n, bytes_out: 0 });
  const samples = Array.from({ length: 300 }, (_, n) => sample(n));
  const after = withSample(samples, sample(300));
  expect(after).toHaveLength(300);
  expect(after[0]?.at).toBe("1");
});

it("long lists are fetched once a second, the rest at once", () => {
  const pending = new Set<CallName>(["list-sessions", "status"]);
  expect(due(pending, new Map(), 5000)).toEqual({ names: ["list-sessions", "status"] });
  expect(due(pending, new Map([["list-sessions", 4700], ["status", 4700]]), 5000)).toEqual({ names: ["status"], wait: 700 });
});
