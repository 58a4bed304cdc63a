import { expect, it } from "vitest";
import type { Status, StoredActivity } from "../../api/generated";
import { de } from "../../texts/de";
import { en } from "../../texts/en";
import { fieldsOf, heard, snippetOf, type Account } from "./fields";
import { profileOf } from "./profiles";

const status = {
  listening: [
    { protocol: "smb", address: "0.0.0.0:4450", url: "smb://10.0.0.5:4450/" },
    { protocol: "sftp", address: "0.0.0.0:2022", url: "sftp://10.0.0.5:2022/" },
  ],
} as Status;
const account: Account = { user: "scanner", share: "Scans", password: "secret", fingerprint: "SHA256:x" };

const filled = (id: string, way: "smb" | "sftp", texts = en) =>
  fieldsOf(texts, profileOf(id), way, status, account).map((field) => [field.label, field.value]);

it("a panel that nobody knows gets every field of its protocol", () => {
  const t = en.devices.fields;
  expect(filled("scanner", "smb")).toEqual([
    [t.host, "10.0.0.5"],
    [t.port, "4450"],
    [t.share, "Scans"],
    [t.path, "\\\\10.0.0.5\\Scans"],
    [t.user, "scanner"],
    [t.password, "secret"],
    [t.domain, undefined],
  ]);
  expect(filled("scanner", "sftp").map(([label]) => label)).toEqual([t.host, t.port, t.folder, t.url, t.user, t.password, t.hostKey]);
});

it("a maker's panel gets its own fields, under its own words and in its order", () => {
  expect(filled("canon", "smb")).toEqual([
    ["Protocol", "Windows (SMB)"],
    ["Host Name", "\\\\10.0.0.5"],
    ["Folder Path", "Scans"],
    ["User Name", "scanner"],
    ["Password", "secret"],
  ]);
  expect(filled("brother", "smb")[0]).toEqual(["Network Folder Path", "\\\\10.0.0.5\\Scans"]);
  expect(filled("brother", "smb")[1]).toEqual(["Auth. Method", "NTLMv2"]);
  expect(filled("brother", "sftp")).toContainEqual(["Store Directory", "/Scans"]);
  expect(filled("kyocera", "smb")).toContainEqual(["Port Number", "4450"]);
});

it("a German panel's words stand beside the English ones", () => {
  const field = fieldsOf(de, profileOf("canon"), "smb", status, account)[2];
  expect(field).toMatchObject({ label: "Ordnerpfad", english: "Folder Path" });
  expect(fieldsOf(en, profileOf("canon"), "smb", status, account)[2]?.english).toBeUndefined();
});

it("nothing can be typed in while nothing is shared", () => {
  const off = { listening: [] } as unknown as Status;
  expect(fieldsOf(en, profileOf("canon"), "smb", off, account)).toEqual([]);
  expect(fieldsOf(en, profileOf("canon"), "smb", status, { ...account, share: undefined })).toEqual([]);
  expect(snippetOf(profileOf("board"), "smb", off, account)).toBeUndefined();
});

it("a board's program gets the same in C, where quotes can't end a string", () => {
  const snippet = snippetOf(profileOf("board"), "smb", status, { ...account, password: 'a"b\\c' });
  expect(snippet).toContain('#define SMB_PORT "4450"\n');
  expect(snippet).toContain('#define SMB_PASSWORD "a\\"b\\\\c"\n');
  expect(snippet).toContain('#define SMB_HOST "10.0.0.5"\n');
  expect(snippet).toContain('smb2_connect_share(smb2, SMB_HOST ":" SMB_PORT, SMB_SHARE, SMB_USER);');
  expect(snippetOf(profileOf("board"), "sftp", status, account)).toContain("#define SFTP_PORT 2022\n");
  expect(snippetOf(profileOf("board"), "sftp", status, { ...account, password: undefined })).toContain('#define SFTP_PASSWORD "…"\n#define SFTP_FOLDER "/Scans"');
  expect(snippetOf(profileOf("canon"), "smb", status, account)).toBeUndefined();
});

it("refused attempts are heard whatever name they used, but not what others did", () => {
  const record = (kind: StoredActivity["kind"], user: string | null) => ({ kind, user }) as StoredActivity;
  const records = [record("logged-in", "scanner"), record("log-in-refused", null), record("file-written", "alice"), record("administered", "scanner")];
  expect(heard(records, "scanner")).toEqual(records.slice(0, 2));
});
