// Asking before something is lost.
import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { Texts } from "../texts";

interface Question {
  title: string;
  text: string;
  confirm: string;
  run: () => void;
}

export function ask(texts: Texts, { title, text, confirm, run }: Question) {
  modals.openConfirmModal({
    title,
    children: <Text size="sm">{text}</Text>,
    labels: { confirm, cancel: texts.cancel },
    // Not the brightest red, on which white is hard to read.
    confirmProps: { color: "red.8" },
    // The harmless one has the focus.
    cancelProps: { variant: "default", "data-autofocus": true },
    closeButtonProps: { "aria-label": texts.close },
    onConfirm: run,
  });
}
