// Another name for a person or a group. What they may do stays; what asks for the old name must be told.
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTexts } from "../../texts";

interface RenameProps {
  name: string;
  label: string;
  about: string;
  /** Whether it was done. */
  rename: (name: string) => Promise<boolean>;
  close: () => void;
}

export function Rename(props: RenameProps & { opened: boolean }) {
  const texts = useTexts();
  return (
    <Modal opened={props.opened} onClose={props.close} title={texts.people.renameTitle(props.name)} closeButtonProps={{ "aria-label": texts.close }}>
      <RenameForm {...props} />
    </Modal>
  );
}

function RenameForm({ name, label, about, rename, close }: RenameProps) {
  const texts = useTexts();
  const [wanted, setWanted] = useState(name);
  const [busy, setBusy] = useState(false);
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        const done = await rename(wanted.trim());
        setBusy(false);
        if (done) {
          close();
        }
      }}
    >
      <Stack>
        <TextInput name="new-name" label={label} value={wanted} onChange={(event) => setWanted(event.currentTarget.value)} data-autofocus />
        <Text size="sm" c="dimmed">
          {about}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={busy} disabled={wanted.trim() === "" || wanted.trim() === name}>
            {texts.people.rename}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
