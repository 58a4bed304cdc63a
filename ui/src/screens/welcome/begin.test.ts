import { beforeEach, expect, it } from "vitest";
import { Attempt } from "../../api/attempt";
import { Lists } from "../../testing/engine";
import { begin } from "./begin";

let lists: Lists;
let attempt: Attempt;
const form = { folder: "/home/me/Scans", share: "Scans", person: "alice", password: "secret" };

beforeEach(() => {
  lists = Lists.answer();
  attempt = new Attempt();
});

it("a share, a person and a permission are made, and earlier log-ins are told apart", async () => {
  expect(await begin(attempt, form)).toEqual({ name: "alice", password: "secret", share: "Scans", before: 7 });
  expect(lists.shares).toEqual(new Map([["Scans", "/home/me/Scans"]]));
  expect(lists.grants).toMatchObject([{ user: "alice", share: "Scans", permission: "read-write" }]);
});

it("where the person is refused, another folder of the same name can be chosen", async () => {
  lists.people.add("bob");
  await expect(begin(attempt, { ...form, person: "bob" })).rejects.toMatchObject({ code: "already-exists" });
  expect(lists.shares.size).toBe(0);
  await begin(attempt, { ...form, folder: "/srv/Scans" });
  expect(lists.shares.get("Scans")).toBe("/srv/Scans");
  expect(lists.people).toEqual(new Set(["bob", "alice"]));
});

it.each(["grant", "find-activity"] as const)("where %s fails, the same form goes through afterwards", async (name) => {
  lists.failing = [name];
  await expect(begin(attempt, form)).rejects.toMatchObject({ code: "store-failed" });
  expect(lists.people.size).toBe(0);
  await begin(attempt, form);
  expect(lists.people).toEqual(new Set(["alice"]));
});

it("what could not be taken back is taken back before the next try", async () => {
  lists.failing = ["grant", "remove-person"];
  await expect(begin(attempt, form)).rejects.toMatchObject({ message: "grant failed" });
  expect(lists.people).toEqual(new Set(["alice"]));
  // Somebody else has removed the share meanwhile.
  lists.shares.clear();
  await begin(attempt, { ...form, person: "carol" });
  expect(lists.people).toEqual(new Set(["carol"]));
  expect(lists.shares.get("Scans")).toBe("/home/me/Scans");
});

it("a folder that is shared already is left as it is, and another folder of that name is refused", async () => {
  lists.shares.set("Scans", "/home/me/Scans");
  lists.failing = ["grant"];
  await expect(begin(attempt, form)).rejects.toBeDefined();
  expect(lists.shares.get("Scans")).toBe("/home/me/Scans");
  await expect(begin(attempt, { ...form, folder: "/srv/Scans" })).rejects.toMatchObject({ code: "already-exists" });
  expect(lists.people.size).toBe(0);
});
