// What to do about what the engine says went wrong. Keyed on its sentences, which are English and stable:
// those of `AuthError`, `Denial` and `VfsError`, and those of the two protocols.
import type { ActivityKind, StoredActivity } from "../../api/generated";
import type { Texts } from "../../texts";

export type Reason = keyof Texts["devices"]["reasons"];

interface Sign {
  kind: ActivityKind;
  says: RegExp;
  reason: Reason;
}

/** The first that fits holds: a wrong password that locks says both. */
const SIGNS: Sign[] = [
  { kind: "log-in-refused", says: /it speaks only SMB1/, reason: "smb1" },
  { kind: "log-in-refused", says: /of \w+ algorithms it offers only/, reason: "oldSsh" },
  { kind: "log-in-refused", says: /speaks NTLMv1 only/, reason: "ntlmV1" },
  { kind: "log-in-refused", says: /lock(ed after too many wrong passwords|ed for \d+ s)/, reason: "lockedOut" },
  { kind: "log-in-refused", says: /the name or password is wrong/, reason: "credentials" },
  { kind: "log-in-refused", says: /a log-in without a name/, reason: "nameless" },
  { kind: "log-in-refused", says: /the account is disabled/, reason: "disabled" },
  { kind: "log-in-refused", says: /may not use this protocol/, reason: "protocol" },
  { kind: "log-in-refused", says: /the password must be set again/, reason: "setAgain" },
  { kind: "log-in-refused", says: /encryption is required/, reason: "mustEncrypt" },
  { kind: "access-refused", says: /this share wants encryption/, reason: "shareEncrypts" },
  { kind: "access-refused", says: /there is no share named/, reason: "noShare" },
  { kind: "access-refused", says: /only shares live here/, reason: "noShareInPath" },
  { kind: "access-refused", says: /a folder on the way does not exist/, reason: "noFolder" },
  { kind: "access-refused", says: /may not enter/, reason: "noEntry" },
  { kind: "access-refused", says: /the share is read-only/, reason: "readOnly" },
  { kind: "access-refused", says: /the operating system refused/, reason: "system" },
  { kind: "access-refused", says: /leads out of the share/, reason: "outside" },
  { kind: "access-refused", says: /open in another program|marked read-only/, reason: "inUse" },
  // What is left of refusals is about rights: of the file, the share, or the person.
  { kind: "access-refused", says: /./, reason: "noRight" },
];

export function reasonOf(record: Pick<StoredActivity, "kind" | "message">): Reason | undefined {
  return SIGNS.find((sign) => sign.kind === record.kind && sign.says.test(record.message))?.reason;
}
