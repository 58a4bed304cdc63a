import { expect, it } from "vitest";
import type { Status, StoredActivity } from "../../api/generated";
import { fieldsOf, heard } from "./fields";

const status = {
  listening: [
    { protocol: "smb", address: "0.0.0.0:4450", url: "smb://10.0.0.5:4450/" },
    { protocol: "sftp", address: "0.0.0.0:2022", url: "sftp://10.0.0.5:2022/" },
  ],
} as Status;

it("a panel gets exactly the fields of its protocol", () => {
  const smb = Object.fromEntries(fieldsOf("smb", status, "scanner", "Scans", "secret", "SHA256:x").map((field) => [field.name, field.value]));
  expect(smb).toEqual({ host: "10.0.0.5", port: "4450", share: "Scans", path: "\\\\10.0.0.5\\Scans", user: "scanner", password: "secret", domain: undefined });
  const sftp = fieldsOf("sftp", status, "scanner", "Scans", undefined, "SHA256:x");
  expect(sftp.map((field) => field.name)).toEqual(["host", "port", "folder", "url", "user", "password", "hostKey"]);
});

it("nothing can be typed in while nothing is shared", () => {
  expect(fieldsOf("smb", { listening: [] } as unknown as Status, "scanner", "Scans", undefined, undefined)).toEqual([]);
  expect(fieldsOf("smb", status, "scanner", undefined, undefined, undefined)).toEqual([]);
});

it("refused attempts are heard whatever name they used, but not what others did", () => {
  const record = (kind: StoredActivity["kind"], user: string | null) => ({ kind, user }) as StoredActivity;
  const records = [record("logged-in", "scanner"), record("log-in-refused", null), record("file-written", "alice"), record("administered", "scanner")];
  expect(heard(records, "scanner")).toEqual(records.slice(0, 2));
});
