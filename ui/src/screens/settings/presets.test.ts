import { expect, it } from "vitest";
import { levelOf, PRESETS, usersOfSmb2 } from "./presets";

it("a level is known by its settings, whether or not SMB 2 is spoken", () => {
  for (const name of ["strict", "standard", "old"] as const) {
    expect(levelOf((key) => PRESETS[name][key as keyof typeof PRESETS.old])).toBe(name);
  }
  const without = { ...PRESETS.standard, "smb.min-dialect": "3.0" };
  expect(levelOf((key) => without[key as keyof typeof without])).toBe("standard");
  expect(levelOf((key) => (key === "smb.encryption" ? "off" : "on"))).toBe("own");
});

it("who speaks SMB 2 is named once for each device", () => {
  const client = (user: string, address: string, dialect: string) => ({ user, address, dialect });
  const clients = [client("scanner", "10.0.0.7", "2.1"), client("scanner", "10.0.0.7", "2.1"), client("alice", "fd00::1", "2.0.2")];
  expect(usersOfSmb2(clients)).toEqual(["scanner (10.0.0.7, SMB 2.1)", "alice (fd00::1, SMB 2.0.2)"]);
});
