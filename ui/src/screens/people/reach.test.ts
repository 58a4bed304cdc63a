import { expect, it } from "vitest";
import type { Access, Person, Share } from "../../api/generated";
import { en } from "../../texts/en";
import { whyNotWrite } from "./reach";

const person = { name: "alice", display_name: "Alice", enabled: true, smb: true, sftp: true, smb_password: "ready", locked_seconds: null } as Person;
const share = { name: "Scans", folder: "/srv/scans", available: true, read_only: false, upload_only: false } as Share;
const access = (permission: Access["permission"], from: Access["from"], group: string | null = null) =>
  ({ name: "alice", share: "Scans", permission, from, group, why: "" }) as Access;

it("someone who can write is told so", () => {
  expect(whyNotWrite(en, person, access("read-write", "user"), share)).toEqual(["Alice can write in “Scans”."]);
});

it("every reason is named, with where it comes from", () => {
  const reasons = whyNotWrite(en, { ...person, locked_seconds: 20 }, access("read", "group", "editors"), { ...share, read_only: true });
  expect(reasons).toEqual([
    "Alice is locked out after wrong passwords.",
    "“Scans” is read only.",
    "Alice has “Read”. Granted to the group editors.",
  ]);
});

it("a drop box keeps writers from changing what is there, but not those with full access", () => {
  const box = { ...share, upload_only: true };
  expect(whyNotWrite(en, person, access("read-write", "user"), box)[0]).toContain("drop box");
  expect(whyNotWrite(en, person, access("admin", "user"), box)[0]).toContain("can write");
});
