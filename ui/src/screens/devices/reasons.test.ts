import { expect, it } from "vitest";
import type { ActivityKind } from "../../api/generated";
import { en } from "../../texts/en";
import { reasonOf, type Reason } from "./reasons";

// As the engine writes them.
const SAID: [ActivityKind, string, Reason][] = [
  ["log-in-refused", "a device could not connect: it speaks only SMB1, which is not safe and not served", "smb1"],
  ["log-in-refused", "a device could not connect: of Kex algorithms it offers only diffie-hellman-group1-sha1", "oldSsh"],
  ["log-in-refused", "scanner was refused: the name or password is wrong", "credentials"],
  ["log-in-refused", "scanner was refused: the name or password is wrong; locked for 30 s", "lockedOut"],
  ["log-in-refused", "scanner was refused: locked after too many wrong passwords; try again in 12 s or unlock it", "lockedOut"],
  ["log-in-refused", "scanner was refused: the device speaks NTLMv1 only, which is not safe and not accepted; look for NTLMv2 in its settings", "ntlmV1"],
  ["log-in-refused", "scanner was refused: the account is disabled", "disabled"],
  ["log-in-refused", "scanner was refused: this person may not use this protocol", "protocol"],
  ["log-in-refused", "scanner was refused: the password must be set again before it can be used for SMB", "setAgain"],
  ["log-in-refused", "a log-in without a name was refused: no share admits guests", "nameless"],
  ["log-in-refused", "scanner was refused: encryption is required, and this client or guest can't", "mustEncrypt"],
  ["access-refused", "refused: this share wants encryption, and the client can't", "shareEncrypts"],
  ["access-refused", "refused: there is no share named Scan", "noShare"],
  ["access-refused", "refused: only shares live here; enter one first", "noShareInPath"],
  ["access-refused", "refused: a folder on the way does not exist", "noFolder"],
  ["access-refused", "refused: scanner may not enter Scans: the share's default", "noEntry"],
  ["access-refused", "refused: the share is read-only", "readOnly"],
  ["access-refused", "refused: the operating system refused: this computer's account may not do this to the file", "system"],
  ["access-refused", "refused: the path leads out of the share", "outside"],
  ["access-refused", "refused: it, or something in it, is open in another program", "inUse"],
  ["access-refused", "refused: the file is marked read-only", "inUse"],
  ["access-refused", "refused: the permission in this share does not allow it", "noRight"],
  ["access-refused", "refused: the file was opened without the right to do this", "noRight"],
];

it.each(SAID)("%s: %s", (kind, message, reason) => {
  expect(reasonOf({ kind, message })).toBe(reason);
});

it("there is something to do about everything, and every advice is of use", () => {
  expect(new Set(SAID.map(([, , reason]) => reason))).toEqual(new Set(Object.keys(en.devices.reasons)));
});

it("what went well needs no advice, whatever a file is called", () => {
  expect(reasonOf({ kind: "file-written", message: "written" })).toBeUndefined();
  expect(reasonOf({ kind: "logged-in", message: "scanner logged in" })).toBeUndefined();
});
