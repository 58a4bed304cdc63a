// A panel filled in: what to type into each of its fields. And which records tell of the device.
import type { Status, StoredActivity } from "../../api/generated";
import { placeOf, uncOf, type Place } from "../../parts/addresses";
import type { Texts } from "../../texts";
import type { PanelField, Profile, SnippetName, ValueName, Way, Words } from "./panel";

/** What is known of a device's account. */
export interface Account {
  user: string;
  share: string | undefined;
  /** Known only right after it was set. */
  password: string | undefined;
  fingerprint: string | undefined;
}

export interface Field {
  label: string;
  /** What stands on panels that are set to English, where that differs. */
  english?: string | undefined;
  /** Missing where it stays empty, or is not known. */
  value?: string | undefined;
  isPassword: boolean;
  isChoice: boolean;
}

/** Nothing while the device can't reach anything. */
export function fieldsOf(texts: Texts, profile: Profile, way: Way, status: Status, account: Account): Field[] {
  const place = placeOf(status, way);
  const panel = profile.ways[way];
  if (place === undefined || panel === undefined || account.share === undefined) {
    return [];
  }
  const values = valuesOf(place, account, account.share);
  return panel.fields.map((field) => filled(texts, field, values));
}

function filled(texts: Texts, { label, value }: PanelField, values: Record<ValueName, string | undefined>): Field {
  const chosen = typeof value === "object";
  const shown = typeof label === "string" ? texts.devices.fields[label] : said(texts, label);
  const english = typeof label === "string" || label.en === shown ? undefined : label.en;
  return {
    label: shown,
    english,
    value: chosen ? said(texts, value.choose) : values[value],
    isPassword: value === "password",
    isChoice: chosen,
  };
}

function said(texts: Texts, words: string | Words): string {
  return typeof words === "string" ? words : texts.locale.startsWith("de") ? words.de : words.en;
}

function valuesOf(place: Place, account: Account, share: string): Record<ValueName, string | undefined> {
  return {
    host: place.host,
    hostUnc: uncOf(place.host, ""),
    port: String(place.port),
    share,
    shareSlash: `/${share}`,
    unc: uncOf(place.host, share),
    url: `sftp://${place.host}:${place.port}/${encodeURIComponent(share)}`,
    user: account.user,
    password: account.password,
    hostKey: account.fingerprint,
    nothing: undefined,
  };
}

/** The same for a program's source; nothing where its author has no need of it. */
export function snippetOf(profile: Profile, way: Way, status: Status, account: Account): string | undefined {
  const place = placeOf(status, way);
  const snippet = profile.ways[way]?.snippet;
  if (place === undefined || snippet === undefined || account.share === undefined) {
    return undefined;
  }
  return SNIPPETS[snippet](place, account, account.share);
}

const SNIPPETS: Record<SnippetName, (place: Place, account: Account, share: string) => string> = {
  libsmb2: (place, account, share) =>
    [
      // Quoted, so that it can be put together with the host.
      ...defines("SMB", place, account, quoted(String(place.port))),
      `#define SMB_SHARE ${quoted(share)}`,
      "",
      "smb2_set_version(smb2, SMB2_VERSION_0302);",
      "smb2_set_sign(smb2, 1);",
      "smb2_set_password(smb2, SMB_PASSWORD);",
      'smb2_connect_share(smb2, SMB_HOST ":" SMB_PORT, SMB_SHARE, SMB_USER);',
    ].join("\n"),
  settings: (place, account, share) =>
    [
      ...defines("SFTP", place, account),
      `#define SFTP_FOLDER ${quoted(`/${share}`)}`,
      ...(account.fingerprint === undefined ? [] : [`#define SFTP_HOST_KEY ${quoted(account.fingerprint)}`]),
    ].join("\n"),
};

function defines(prefix: string, place: Place, account: Account, port = String(place.port)): string[] {
  return [
    `#define ${prefix}_HOST ${quoted(place.host)}`,
    `#define ${prefix}_PORT ${port}`,
    `#define ${prefix}_USER ${quoted(account.user)}`,
    `#define ${prefix}_PASSWORD ${quoted(account.password ?? "…")}`,
  ];
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** What the device did, and attempts that were refused: whose they were is not known when the name was wrong. */
export function heard(records: StoredActivity[], device: string): StoredActivity[] {
  return records.filter((record) => record.kind !== "administered" && (record.user === device || record.kind === "log-in-refused"));
}
