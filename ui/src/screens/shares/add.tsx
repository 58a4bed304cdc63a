// Sharing another folder.
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { asAdminError, call, shell } from "../../api/bridge";
import type { Permission } from "../../api/generated";
import { useAct } from "../../api/queries";
import { shareNameOf } from "../../parts/addresses";
import { explained } from "../../parts/hints";
import { PLAIN_SHARE } from "../../parts/share";
import { useTexts } from "../../texts";
import { LEVELS } from "./levels";

interface AddShareProps {
  opened: boolean;
  /** The folder that was dropped. */
  folder: string | undefined;
  close: (added?: string) => void;
}

export function AddShare({ opened, folder: dropped, close }: AddShareProps) {
  const texts = useTexts();
  const t = texts.shares;
  const act = useAct();
  const [folder, setFolder] = useState("");
  // Follows the folder until it is typed.
  const [typed, setTyped] = useState<string>();
  const [everyone, setEveryone] = useState<Permission>("none");
  const [refused, setRefused] = useState<string>();
  const name = typed ?? shareNameOf(folder.trim());
  const choose = (path: string) => {
    setFolder(path);
    setRefused(undefined);
  };
  useEffect(() => {
    if (opened) {
      setTyped(undefined);
      choose(dropped ?? "");
      setEveryone("none");
    }
  }, [opened, dropped]);
  const browse = async () => {
    const picked = await act(shell("pick-folder"));
    if (picked?.done) {
      choose(picked.done);
    }
  };
  const add = async () => {
    try {
      const added = await call("add-share", { ...PLAIN_SHARE, name: name.trim(), folder: folder.trim(), default: everyone });
      close(added.name);
    } catch (error) {
      setRefused(explained(texts, asAdminError(error)));
    }
  };
  return (
    <Modal opened={opened} onClose={() => close()} title={t.add} size="lg" closeButtonProps={{ "aria-label": texts.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <Stack>
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <TextInput flex={1} label={t.folder} value={folder} onChange={(event) => choose(event.currentTarget.value)} name="folder" data-autofocus />
            <Button variant="default" onClick={() => void browse()}>
              {texts.welcome.browse}
            </Button>
          </Group>
          <TextInput label={t.name} description={t.nameAbout} value={name} onChange={(event) => setTyped(event.currentTarget.value)} name="name" />
          <Select
            label={t.everyone}
            description={t.everyoneAbout}
            data={LEVELS.map((level) => ({ value: level, label: texts.levels[level].name }))}
            value={everyone}
            onChange={(level) => level !== null && setEveryone(level)}
          />
          {refused !== undefined && (
            <Text c="var(--mantine-color-error)" size="sm" role="alert">
              {refused}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => close()}>
              {texts.cancel}
            </Button>
            <Button type="submit" disabled={folder.trim() === "" || name.trim() === ""}>
              {t.add}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
