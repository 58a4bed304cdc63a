// How each kind of record looks.
import {
  IconDoorEnter,
  IconFileAlert,
  IconFilePlus,
  IconFolderPlus,
  IconLogin2,
  IconLogout2,
  IconPencil,
  IconServer,
  IconSettings,
  IconShieldX,
  IconTrash,
  IconTrashOff,
  IconUserX,
  type Icon,
} from "@tabler/icons-react";
import type { ActivityKind, StoredActivity } from "../../api/generated";

export const LOOK: Record<ActivityKind, { icon: Icon; color: string }> = {
  "logged-in": { icon: IconLogin2, color: "var(--in)" },
  "log-in-refused": { icon: IconUserX, color: "var(--mantine-color-red-6)" },
  "logged-out": { icon: IconLogout2, color: "var(--quiet)" },
  "share-entered": { icon: IconDoorEnter, color: "var(--quiet)" },
  "access-refused": { icon: IconShieldX, color: "var(--mantine-color-red-6)" },
  "file-written": { icon: IconFilePlus, color: "var(--in)" },
  unfinished: { icon: IconFileAlert, color: "var(--mantine-color-red-6)" },
  "folder-created": { icon: IconFolderPlus, color: "var(--in)" },
  removed: { icon: IconTrash, color: "var(--mantine-color-orange-6)" },
  "not-deleted": { icon: IconTrashOff, color: "var(--mantine-color-red-6)" },
  renamed: { icon: IconPencil, color: "var(--out)" },
  administered: { icon: IconSettings, color: "var(--out)" },
  server: { icon: IconServer, color: "var(--quiet)" },
};

export const KINDS = Object.keys(LOOK) as ActivityKind[];

const RENAMED = "renamed from ";

/** The path that something had before it was renamed, which the engine tells in its sentence. */
export function nameBefore(record: Pick<StoredActivity, "kind" | "message">): string | undefined {
  return record.kind === "renamed" && record.message.startsWith(RENAMED) ? record.message.slice(RENAMED.length) : undefined;
}
