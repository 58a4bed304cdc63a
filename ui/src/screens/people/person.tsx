// One person: account, what they can reach and why, groups, keys.
import { ActionIcon, Alert, Avatar, Badge, Button, Card, Checkbox, Group, Menu, Modal, MultiSelect, Stack, Switch, Text, Title } from "@mantine/core";
import { IconCursorText, IconDots, IconKey, IconLock, IconLockOpen, IconTrash } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { call } from "../../api/bridge";
import type { Person } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { Copyable } from "../../parts/copy";
import { moment, span } from "../../parts/format";
import { KeptInput } from "../../parts/kept";
import { say } from "../../parts/notices";
import { go } from "../../route";
import { useTexts } from "../../texts";
import { Keys } from "./keys";
import { keptOpen, NewPassword } from "./password";
import { Reach } from "./reach";
import { Rename } from "./rename";

export function PersonDetail({ person }: { person: Person }) {
  const texts = useTexts();
  const t = texts.people;
  const act = useAct();
  const [resetting, setResetting] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const groups = useCall("list-groups").data ?? [];
  const change = (change: { enabled?: boolean; smb?: boolean; sftp?: boolean }) =>
    act(call("change-person", { name: person.name, ...change }));
  const undo = (message: string, back: () => unknown) => say(message, { label: texts.undo, run: () => void back() });
  const rename = async (name: string) => {
    const done = await act(call("change-person", { name: person.name, new_name: name }), t.renamed(person.name, name));
    if (done) {
      go("people", done.done.name);
    }
    return done !== undefined;
  };
  const setEnabled = async (enabled: boolean) => {
    if (await change({ enabled })) {
      undo(enabled ? t.enabled(person.display_name) : t.disabled(person.display_name), () => change({ enabled: !enabled }));
    }
  };
  // What SMB needs of the password is kept only for those who may use it.
  const setSmb = (smb: boolean) =>
    smb || person.smb_password !== "ready"
      ? void change({ smb })
      : ask(texts, { title: t.smbOffTitle(person.display_name), text: t.smbOffText, confirm: t.smbOff, run: () => void change({ smb }) });
  const remove = () =>
    ask(texts, {
      title: t.removeTitle(person.display_name),
      text: t.removeText,
      confirm: t.remove,
      run: async () => {
        if (await act(call("remove-person", { name: person.name }), t.removed(person.display_name))) {
          go("people");
        }
      },
    });
  const setGroups = async (wanted: string[]) => {
    for (const group of wanted.filter((group) => !person.groups.includes(group))) {
      await act(call("join-group", { name: person.name, group }));
    }
    for (const group of person.groups.filter((group) => !wanted.includes(group))) {
      if (await act(call("leave-group", { name: person.name, group }))) {
        undo(t.left(person.display_name, group), () => act(call("join-group", { name: person.name, group })));
      }
    }
  };
  return (
    <Stack gap="md">
      <Card>
        <Group align="flex-start" mb="md">
          <Group wrap="nowrap" align="flex-start" flex="1 1 200px" miw={0}>
            <Avatar name={person.display_name} color="initials" size={46} radius="xl" aria-hidden />
            <Stack gap={0} flex={1} miw={0}>
              <Group gap="xs">
                <Title order={2} fz="lg" className="two-lines" title={person.display_name}>
                  {person.display_name}
                </Title>
                {!person.enabled && <Badge color="gray">{t.off}</Badge>}
              </Group>
              <Group gap={4} wrap="nowrap" c="dimmed">
                {person.name !== person.display_name && (
                  <Text size="sm" truncate title={person.name}>
                    {person.name}
                  </Text>
                )}
                <Text size="sm" flex="none">
                  {person.name !== person.display_name && "· "}
                  {person.last_login === null ? t.neverSeen : t.lastSeen(moment(texts, person.last_login))}
                </Text>
              </Group>
            </Stack>
          </Group>
          <Group gap="xs" wrap="nowrap" flex="none">
            <Button variant="default" leftSection={<IconKey size={16} />} onClick={() => setResetting(true)}>
              {t.reset}
            </Button>
            <Menu>
              <Menu.Target>
                <ActionIcon variant="default" size="lg" aria-label={texts.more}>
                  <IconDots size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconCursorText size={16} />} onClick={() => setRenaming(true)}>
                  {t.renameMenu}
                </Menu.Item>
                <Menu.Item leftSection={person.enabled ? <IconLock size={16} /> : <IconLockOpen size={16} />} onClick={() => void setEnabled(!person.enabled)}>
                  {person.enabled ? t.disable : t.enable}
                </Menu.Item>
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={remove}>
                  {t.remove}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
        {person.locked_seconds !== null && (
          <Alert color="red" icon={<IconLock size={18} />} mb="md" py="xs">
            <Group justify="space-between">
              <Text size="sm">{t.lockedText(span(texts, person.locked_seconds), person.locked_from)}</Text>
              <Button size="compact-sm" color="red" variant="light" onClick={() => void act(call("unlock-person", { name: person.name }))}>
                {t.unlock}
              </Button>
            </Group>
          </Alert>
        )}
        {person.smb && (person.smb_password === "must-be-set-again" || person.smb_password === "missing") && (
          <Alert color="orange" mb="md" py="xs">
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm">{person.smb_password === "missing" ? t.smbMissing : t.setAgain}</Text>
              <Button size="compact-sm" color="orange" variant="light" flex="none" onClick={() => setResetting(true)}>
                {t.reset}
              </Button>
            </Group>
          </Alert>
        )}
        <Group grow align="flex-start">
          <KeptInput label={t.displayName} saved={person.display_name} save={(display_name) => call("change-person", { name: person.name, display_name })} />
          <MultiSelect
            label={t.groups}
            placeholder={person.groups.length === 0 ? t.noGroupsYet : undefined}
            data={groups.map((group) => group.name)}
            value={person.groups}
            onChange={(wanted) => void setGroups(wanted)}
            size="sm"
          />
        </Group>
        <Group mt="md" gap="xl">
          <Switch label={t.mayUse("SMB")} checked={person.smb} onChange={(event) => setSmb(event.currentTarget.checked)} />
          <Switch label={t.mayUse("SFTP")} checked={person.sftp} onChange={(event) => void change({ sftp: event.currentTarget.checked })} />
        </Group>
      </Card>
      <Card>
        <Title order={2} fz="md" mb="xs">
          {t.reach}
        </Title>
        <Reach person={person} />
      </Card>
      <Keys person={person} />
      <Rename opened={renaming} close={() => setRenaming(false)} name={person.name} label={t.name} about={t.renameAbout} rename={rename} />
      <ResetPassword person={person} opened={resetting} close={() => setResetting(false)} />
    </Stack>
  );
}

function ResetPassword({ person, opened, close }: { person: Person; opened: boolean; close: () => void }) {
  const texts = useTexts();
  const [set, setSet] = useState(false);
  useEffect(() => {
    if (opened) {
      setSet(false);
    }
  }, [opened]);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={texts.people.resetTitle(person.display_name)}
      closeButtonProps={{ "aria-label": texts.close }}
      {...keptOpen(set)}
    >
      <ResetForm person={person} close={close} set={set} setSet={setSet} />
    </Modal>
  );
}

interface ResetFormProps {
  person: Person;
  close: () => void;
  set: boolean;
  setSet: (set: boolean) => void;
}

function ResetForm({ person, close, set, setSet }: ResetFormProps) {
  const texts = useTexts();
  const t = texts.people;
  const act = useAct();
  const [password, setPassword] = useState("");
  const [end, setEnd] = useState(true);
  if (set) {
    return (
      <Stack>
        <Text size="sm">{t.once}</Text>
        <Copyable text={password} label={texts.welcome.copyPassword} />
        <Group justify="flex-end">
          <Button onClick={close}>{texts.done}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault();
        setSet((await act(call("set-password", { name: person.name, password, keep_sessions: !end }))) !== undefined);
      }}
    >
      <Stack>
        <NewPassword value={password} changed={setPassword} />
        <Checkbox label={t.endSessions} description={t.endSessionsAbout} checked={end} onChange={(event) => setEnd(event.currentTarget.checked)} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {texts.cancel}
          </Button>
          <Button type="submit" disabled={password === ""}>
            {t.reset}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

