// The fields of a device's panel, by protocol; and which records tell of the device.
import type { Status, StoredActivity } from "../../api/generated";
import { placeOf } from "../../parts/addresses";

export type Way = "smb" | "sftp";
export type FieldName = "host" | "port" | "share" | "path" | "folder" | "url" | "user" | "password" | "domain" | "hostKey";

export interface Field {
  name: FieldName;
  /** Missing where it stays empty, or is not known. */
  value?: string | undefined;
}

export function fieldsOf(
  way: Way,
  status: Status,
  user: string,
  share: string | undefined,
  password: string | undefined,
  fingerprint: string | undefined,
): Field[] {
  const place = placeOf(status, way);
  if (place === undefined || share === undefined) {
    return [];
  }
  const host: Field[] = [
    { name: "host", value: place.host },
    { name: "port", value: String(place.port) },
  ];
  const login: Field[] = [
    { name: "user", value: user },
    { name: "password", value: password },
  ];
  return way === "smb"
    ? [...host, { name: "share", value: share }, { name: "path", value: `\\\\${place.host}\\${share}` }, ...login, { name: "domain" }]
    : [
        ...host,
        { name: "folder", value: `/${share}` },
        { name: "url", value: `sftp://${place.host}:${place.port}/${encodeURIComponent(share)}` },
        ...login,
        { name: "hostKey", value: fingerprint },
      ];
}

/** What the device did, and attempts that were refused: whose they were is not known when the name was wrong. */
export function heard(records: StoredActivity[], device: string): StoredActivity[] {
  return records.filter((record) => record.kind !== "administered" && (record.user === device || record.kind === "log-in-refused"));
}
