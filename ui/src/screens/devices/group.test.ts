import { beforeEach, expect, it } from "vitest";
import { Attempt } from "../../api/attempt";
import { Lists } from "../../testing/engine";
import { addDevice, DEVICES } from "./group";

let lists: Lists;
const scanner = {
  name: "scanner",
  label: "Scanner (scanner)",
  password: "secret",
  permission: "drop-box",
  share: { name: "Scans", folder: "/srv/Scans" },
} as const;

beforeEach(() => {
  lists = Lists.answer();
});

it("a device is a person of the group, with a permission in its share", async () => {
  await addDevice(new Attempt(), scanner);
  expect(lists.memberships).toEqual([`scanner in ${DEVICES}`]);
  expect(lists.grants).toMatchObject([{ user: "scanner", share: "Scans", permission: "drop-box" }]);
});

it("a name that is taken leaves nothing behind, and another one goes through", async () => {
  const attempt = new Attempt();
  lists.people.add("scanner");
  await expect(addDevice(attempt, scanner)).rejects.toMatchObject({ code: "already-exists" });
  expect([lists.shares.size, lists.groups.size]).toEqual([0, 0]);
  await addDevice(attempt, { ...scanner, name: "scanner2" });
  expect(lists.shares.get("Scans")).toBe("/srv/Scans");
});

it.each(["join-group", "grant"] as const)("where %s fails, the same form goes through afterwards", async (name) => {
  const attempt = new Attempt();
  lists.groups.add(DEVICES);
  lists.failing = [name];
  await expect(addDevice(attempt, scanner)).rejects.toMatchObject({ code: "store-failed" });
  expect([lists.shares.size, lists.people.size]).toEqual([0, 0]);
  // The group was there before.
  expect(lists.groups).toEqual(new Set([DEVICES]));
  await addDevice(attempt, scanner);
});
