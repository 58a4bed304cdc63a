// Short notices at the window's edge: what was done, with a way back, and what went wrong.
import { Button, Group, Text } from "@mantine/core";
import { notifications, type NotificationData } from "@mantine/notifications";
import { asAdminError } from "../api/bridge";
import type { Texts } from "../texts";
import { explained } from "./hints";

/** At most so many at a time. */
export const MOST = 4;
/** Those that were shown last. */
const latest: string[] = [];

/** What was just done is said at once: it doesn't wait for what was said before, which makes room. */
function show(notice: NotificationData): string {
  const again = latest.indexOf(notice.id ?? "");
  if (again >= 0) {
    latest.splice(again, 1);
  } else if (latest.length >= MOST) {
    notifications.hide(latest.shift() ?? "");
  }
  const id = notifications.show(notice);
  latest.push(id);
  return id;
}

/** A notice that has an id is shown once, however often it is said. */
export function say(message: string, undo?: { label: string; run: () => void }, once?: string) {
  const id = show({
    id: once,
    color: "teal",
    autoClose: undo === undefined ? 3500 : 9000,
    withCloseButton: true,
    message:
      undo === undefined ? (
        message
      ) : (
        <Group justify="space-between" gap="sm" wrap="nowrap">
          <Text size="sm">{message}</Text>
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              notifications.hide(id);
              undo.run();
            }}
          >
            {undo.label}
          </Button>
        </Group>
      ),
  });
}

/** Takes a notice away that is true no longer. */
export function hush(id: string) {
  notifications.hide(id);
}

export function sayError(texts: Texts, error: unknown) {
  const refused = asAdminError(error);
  const kind = refused.code === undefined ? undefined : texts.errors[refused.code];
  show({
    color: "red",
    title: kind ?? texts.failed,
    message: explained(texts, refused),
    autoClose: 9000,
  });
}
