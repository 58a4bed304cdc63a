// Short notices at the window's edge: what was done, with a way back, and what went wrong.
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asAdminError } from "../api/bridge";
import type { Texts } from "../texts";
import { explained } from "./hints";

/** A notice that has an id is shown once, however often it is said. */
export function say(message: string, undo?: { label: string; run: () => void }, once?: string) {
  const id = notifications.show({
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
  notifications.show({
    color: "red",
    title: kind ?? texts.failed,
    message: explained(texts, refused),
    autoClose: 9000,
  });
}
