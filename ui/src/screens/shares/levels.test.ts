import { expect, it } from "vitest";
import type { Grant } from "../../api/generated";
import { clicked, grantOf, restored } from "./levels";

const alice = { kind: "user", name: "alice" } as const;
const editors = { kind: "group", name: "editors" } as const;
const grants: Grant[] = [
  { user: "alice", share: "Scans", permission: "read" },
  { group: "editors", share: "Scans", permission: "read-write" },
];

it("a grant is found by who and where", () => {
  expect(grantOf(grants, "Scans", alice)).toBe("read");
  expect(grantOf(grants, "Scans", editors)).toBe("read-write");
  expect(grantOf(grants, "Other", alice)).toBeUndefined();
  expect(grantOf(grants, "Scans", { kind: "group", name: "alice" })).toBeUndefined();
});

it("a click grants, and a click on what is granted takes it away", () => {
  expect(clicked(alice, "Scans", "read", "admin")).toEqual({ user: "alice", share: "Scans", permission: "admin" });
  expect(clicked(alice, "Scans", "read", "read")).toEqual({ user: "alice", share: "Scans", permission: null });
  expect(clicked(editors, "Scans", undefined, "none")).toEqual({ group: "editors", share: "Scans", permission: "none" });
});

it("undoing brings back what was granted, or nothing", () => {
  expect(restored(alice, "Scans", "read")).toEqual({ user: "alice", share: "Scans", permission: "read" });
  expect(restored(alice, "Scans", undefined)).toEqual({ user: "alice", share: "Scans", permission: null });
});
