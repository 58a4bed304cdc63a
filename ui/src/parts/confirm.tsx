// Asking before something is lost.
import { Checkbox, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { Texts } from "../texts";

interface Question {
  title: string;
  text: string;
  confirm: string;
  run: () => void;
}

interface Choice extends Omit<Question, "run"> {
  /** What goes along with it, unless the user says otherwise. */
  option: string;
  run: (chosen: boolean) => void;
}

/** The same with something that can be left out. */
export function askWith(texts: Texts, { title, text, confirm, option, run }: Choice) {
  let chosen = true;
  modals.openConfirmModal({
    title,
    children: (
      <Stack gap="sm">
        <Text size="sm">{text}</Text>
        <Checkbox label={option} defaultChecked onChange={(event) => (chosen = event.currentTarget.checked)} />
      </Stack>
    ),
    ...buttons(texts, confirm),
    onConfirm: () => run(chosen),
  });
}

export function ask(texts: Texts, { title, text, confirm, run }: Question) {
  modals.openConfirmModal({
    title,
    children: <Text size="sm">{text}</Text>,
    ...buttons(texts, confirm),
    onConfirm: run,
  });
}

const buttons = (texts: Texts, confirm: string) => ({
  labels: { confirm, cancel: texts.cancel },
  // Not the brightest red, on which white is hard to read.
  confirmProps: { color: "red.8" },
  // The harmless one has the focus.
  cancelProps: { variant: "default" as const, "data-autofocus": true },
  closeButtonProps: { "aria-label": texts.close },
});
