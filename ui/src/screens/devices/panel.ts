// What a device's panel is made of: fields in its own order and under its own words.
import type { Permission } from "../../api/generated";
import type { Texts } from "../../texts";

export const KINDS = ["scanner", "camera", "board", "other"] as const;
export type Kind = (typeof KINDS)[number];
export const WAYS = ["smb", "sftp"] as const;
export type Way = (typeof WAYS)[number];

/** What stands on a device, in its language. Data, not a text of ours. */
export interface Words {
  en: string;
  de: string;
}
/** Labels of ours, for panels that we don't know. */
export type FieldName = keyof Texts["devices"]["fields"];
export type TipName = keyof Texts["devices"]["tips"];
export type ValueName = "host" | "hostUnc" | "port" | "share" | "shareSlash" | "unc" | "url" | "user" | "password" | "hostKey" | "nothing";
export type SnippetName = "libsmb2" | "settings";

export interface PanelField {
  label: FieldName | Words;
  /** What to type, or what to choose from a list. */
  value: ValueName | { choose: string | Words };
}

export interface Panel {
  fields: PanelField[];
  tips: TipName[];
  /** A field for the port is listed, but many such devices have none. */
  portUnsure?: true;
  /** For those who write the device's program themselves. */
  snippet?: SnippetName;
}

export interface Profile {
  id: string;
  kind: Kind;
  /** Missing for whatever else there is of its kind. */
  maker?: string;
  /** Most devices only put files in; recorders also look after what they recorded. */
  permission: Extract<Permission, "drop-box" | "read-write">;
  /** How it can be served. */
  ways: Partial<Record<Way, Panel>>;
  /** Why it can't be served at all; only where there is no way. */
  unserved?: TipName;
}

export const words = (en: string, de: string): Words => ({ en, de });
export const choose = (choose: string | Words) => ({ choose });
export const field = (label: PanelField["label"], value: PanelField["value"]): PanelField => ({ label, value });

export const ANY_SMB: PanelField[] = [
  field("host", "host"),
  field("port", "port"),
  field("share", "share"),
  field("path", "unc"),
  field("user", "user"),
  field("password", "password"),
  field("domain", "nothing"),
];

export const ANY_SFTP: PanelField[] = [
  field("host", "host"),
  field("port", "port"),
  field("folder", "shareSlash"),
  field("url", "url"),
  field("user", "user"),
  field("password", "password"),
  field("hostKey", "hostKey"),
];

/** Whether it can reach a server that is not on SMB's own port. */
export function setsPort(panel: Panel): boolean {
  return panel.portUnsure === undefined && panel.fields.some((field) => field.value === "port");
}
