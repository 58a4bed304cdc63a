// Adding a person, whose password is shown once; and adding a group.
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { asAdminError, call } from "../../api/bridge";
import { Copyable } from "../../parts/copy";
import { explained } from "../../parts/hints";
import { useTexts } from "../../texts";
import { keptOpen, NewPassword } from "./password";

interface AddProps {
  opened: boolean;
  close: (added?: string) => void;
}

export function AddPerson({ opened, close }: AddProps) {
  const texts = useTexts();
  const [added, setAdded] = useState(false);
  useEffect(() => {
    if (opened) {
      setAdded(false);
    }
  }, [opened]);
  return (
    <Modal opened={opened} onClose={() => close()} title={texts.people.add} closeButtonProps={{ "aria-label": texts.close }} {...keptOpen(added)}>
      <PersonForm close={close} added={added} setAdded={setAdded} />
    </Modal>
  );
}

interface PersonFormProps extends Pick<AddProps, "close"> {
  added: boolean;
  setAdded: (added: boolean) => void;
}

function PersonForm({ close, added, setAdded }: PersonFormProps) {
  const texts = useTexts();
  const t = texts.people;
  const [name, setName] = useState("");
  const [shown, setShown] = useState("");
  const [password, setPassword] = useState("");
  const [refused, setRefused] = useState<string>();
  const [busy, setBusy] = useState(false);
  const add = async () => {
    setBusy(true);
    try {
      await call("add-person", { name: name.trim(), display_name: shown.trim() || null, password });
      setAdded(true);
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    } finally {
      setBusy(false);
    }
  };
  if (added) {
    return (
      <Stack>
        <Text size="sm">{t.once}</Text>
        <Copyable text={name.trim()} label={texts.welcome.copyName} />
        <Copyable text={password} label={texts.welcome.copyPassword} />
        <Group justify="flex-end">
          <Button onClick={() => close(name.trim())}>{texts.done}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Stack>
        <TextInput label={t.name} description={t.nameAbout} value={name} onChange={(event) => setName(event.currentTarget.value)} name="name" data-autofocus />
        <TextInput label={t.displayName} placeholder={name} value={shown} onChange={(event) => setShown(event.currentTarget.value)} name="display-name" />
        <NewPassword value={password} changed={setPassword} />
        {refused !== undefined && (
          <Text c="var(--mantine-color-error)" size="sm" role="alert">
            {refused}
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => close()}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === "" || password === ""}>
            {t.add}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function AddGroup({ opened, close }: AddProps) {
  const texts = useTexts();
  const t = texts.people;
  const [name, setName] = useState("");
  const [refused, setRefused] = useState<string>();
  useEffect(() => {
    setName("");
    setRefused(undefined);
  }, [opened]);
  const add = async () => {
    try {
      const group = await call("add-group", { name: name.trim() });
      close(group.name);
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    }
  };
  return (
    <Modal opened={opened} onClose={() => close()} title={t.addGroup} closeButtonProps={{ "aria-label": texts.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Stack>
          <TextInput label={t.groupName} value={name} error={refused} onChange={(event) => setName(event.currentTarget.value)} name="group" data-autofocus />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => close()}>
              {texts.cancel}
            </Button>
            <Button type="submit" disabled={name.trim() === ""}>
              {t.addGroup}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
