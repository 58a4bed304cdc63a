import { expect, it } from "vitest";
import type { Access, Person, Share } from "../../api/generated";
import { de } from "../../texts/de";
import { en } from "../../texts/en";
import { entersNowhere, waysIn, whyNotWrite, whySentence } from "./reach";

const person = { name: "alice", display_name: "Alice", enabled: true, smb: true, sftp: true, smb_password: "ready", locked_seconds: null } as Person;
const share = { name: "Scans", folder: "/srv/scans", available: true, unavailable: null, read_only: false, upload_only: false } as Share;
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

const limited = (permission: Access["permission"], from: Access["from"], why: string): Access => ({ ...access(permission, from), why });

it("a share's own limit is the reason, not what was granted", () => {
  const readOnly = limited("read", "user", "alice may read: read-write is granted to them by name, but the share is read-only");
  expect(whyNotWrite(en, person, readOnly, { ...share, read_only: true })).toEqual(["“Scans” is read only."]);
  expect(whySentence(en, readOnly)).toBe("Granted to this person: “Read, write”, but the share is read only.");
  expect(whySentence(de, readOnly)).toBe("Dieser Person erteilt: „Schreiben“, aber die Freigabe ist nur zum Lesen.");
  const dropBox = limited("drop-box", "share-default", "alice may drop files in, but not see what is there: read-write is the share's default, but the share is upload-only");
  expect(whyNotWrite(en, person, dropBox, { ...share, upload_only: true })).toEqual([en.why.uploadOnly("Scans")]);
  // What was granted would not do without the limit either.
  const read = limited("none", "user", "alice may not enter: read is granted to them by name, but the share is upload-only");
  expect(whyNotWrite(en, person, read, { ...share, upload_only: true })).toEqual(["Alice has “Read”. Granted to this person."]);
  expect(whySentence(en, access("read", "user"))).toBe("Granted to this person.");
});

it("a way in that is closed is named, and is a reason only where no other is left", () => {
  const write = access("read-write", "user");
  expect(waysIn(en, person)).toBeUndefined();
  const noSmb = { ...person, smb: false, smb_password: "missing" } as Person;
  expect(whyNotWrite(en, noSmb, write, share)).toEqual(["Alice can write in “Scans”.", "Alice gets in only by SFTP: SMB is switched off for this account."]);
  expect(entersNowhere(noSmb)).toBe(false);
  const noSftp = { ...person, sftp: false };
  expect(whyNotWrite(en, noSftp, write, share)).toEqual(["Alice can write in “Scans”.", "Alice gets in only by SMB: SFTP is switched off for this account."]);
  const neither = { ...noSmb, sftp: false };
  expect(whyNotWrite(en, neither, write, share)).toEqual(["Alice may use neither SMB nor SFTP, and reaches nothing."]);
  expect(entersNowhere(neither)).toBe(true);
  const setAgain = { ...person, smb_password: "must-be-set-again" } as Person;
  expect(whyNotWrite(en, setAgain, write, share)).toHaveLength(2);
  expect(whyNotWrite(en, { ...setAgain, sftp: false }, write, share)).toEqual([en.why.smbPassword]);
});

it("an account that is switched off is said once", () => {
  expect(whyNotWrite(en, { ...person, enabled: false }, access("none", "disabled"), share)).toEqual(["The account of Alice is switched off."]);
});
