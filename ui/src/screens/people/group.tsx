// One group: who is in it, and what it may do.
import { Badge, Button, Card, Group, MultiSelect, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { IconCursorText, IconTrash, IconUsersGroup } from "@tabler/icons-react";
import { useState } from "react";
import { call } from "../../api/bridge";
import type { Group as PeopleGroup, Person } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { say } from "../../parts/notices";
import { go } from "../../route";
import { useTexts } from "../../texts";
import { DEVICES } from "../devices/group";
import { Rename } from "./rename";

export function GroupDetail({ group, people }: { group: PeopleGroup; people: Person[] }) {
  const texts = useTexts();
  const t = texts.people;
  const act = useAct();
  const grants = (useCall("list-grants", {}).data ?? []).filter((grant) => "group" in grant && grant.group === group.name);
  // By its name, devices are told from people.
  const ofDevices = group.name === DEVICES;
  const [renaming, setRenaming] = useState(false);
  const rename = async (name: string) => {
    const done = await act(call("change-group", { name: group.name, new_name: name }), t.renamed(group.name, name));
    if (done) {
      go("people", `@${done.done.name}`);
    }
    return done !== undefined;
  };
  const setMembers = async (wanted: string[]) => {
    for (const name of wanted.filter((name) => !group.members.includes(name))) {
      await act(call("join-group", { name, group: group.name }));
    }
    for (const name of group.members.filter((name) => !wanted.includes(name))) {
      if (await act(call("leave-group", { name, group: group.name }))) {
        const back = () => void act(call("join-group", { name, group: group.name }));
        say(t.left(people.find((person) => person.name === name)?.display_name ?? name, group.name), { label: texts.undo, run: back });
      }
    }
  };
  const remove = () =>
    ask(texts, {
      title: t.removeTitle(group.name),
      text: ofDevices ? t.removeDevicesText : t.removeGroupText,
      confirm: t.remove,
      run: async () => {
        if (await act(call("remove-group", { name: group.name }), t.removed(group.name))) {
          go("people", "@");
        }
      },
    });
  return (
    <Card>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <Group gap="sm" wrap="nowrap" flex="1 1 200px" miw={0}>
            <IconUsersGroup size={26} stroke={1.4} color="var(--in)" style={{ flex: "none" }} />
            <Title order={2} fz="lg" className="two-lines" title={group.name}>
              {group.name}
            </Title>
          </Group>
          <Group gap="xs">
            <Button variant="default" leftSection={<IconCursorText size={16} />} disabled={ofDevices} onClick={() => setRenaming(true)}>
              {t.renameMenu}
            </Button>
            <Button variant="default" color="red" leftSection={<IconTrash size={16} />} onClick={remove}>
              {t.remove}
            </Button>
          </Group>
        </Group>
        {ofDevices && (
          <Text size="sm" c="dimmed">
            {t.devicesGroup}
          </Text>
        )}
        <MultiSelect
          label={t.membersLabel}
          placeholder={group.members.length === 0 ? t.noMembers : undefined}
          data={people.map((person) => ({ value: person.name, label: person.display_name }))}
          value={group.members}
          onChange={(wanted) => void setMembers(wanted)}
          searchable
        />
        <Stack gap={2}>
          <Title order={3} fz="sm">
            {t.reachGroup}
          </Title>
          {grants.length === 0 && (
            <Text size="sm" c="dimmed">
              {t.noGrants}
            </Text>
          )}
          <div className="list">
            {grants.map((grant) => (
              <UnstyledButton className="row" key={grant.share} onClick={() => go("shares", grant.share)}>
                <Text size="sm" fw={550} flex={1} truncate>
                  {grant.share}
                </Text>
                <Badge>{texts.levels[grant.permission ?? "none"].name}</Badge>
              </UnstyledButton>
            ))}
          </div>
        </Stack>
      </Stack>
      <Rename opened={renaming} close={() => setRenaming(false)} name={group.name} label={t.groupName} about={t.renameGroupAbout} rename={rename} />
    </Card>
  );
}
