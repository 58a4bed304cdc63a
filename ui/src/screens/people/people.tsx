// People and groups: a list, and one of them in full beside it.
import { Avatar, Badge, Button, Card, Group, SegmentedControl, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconSearch, IconUserPlus, IconUsersGroup, IconUsersPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Person } from "../../api/generated";
import { useExpiry } from "../../api/expiry";
import { useCall } from "../../api/queries";
import { Page } from "../../parts/page";
import { Loaded, Nothing } from "../../parts/states";
import { ADD, ADD_GROUP, go, GROUP } from "../../route";
import { useTexts } from "../../texts";
import { AddGroup, AddPerson } from "./add";
import { GroupDetail } from "./group";
import { PersonDetail } from "./person";

export function People({ selected }: { selected: string }) {
  const texts = useTexts();
  const t = texts.people;
  const [search, setSearch] = useState("");
  const people = useCall("list-people");
  useExpiry(
    ["list-people"],
    (people.data ?? []).flatMap(({ locked_seconds }) => (locked_seconds === null ? [] : [people.dataUpdatedAt + locked_seconds * 1000])),
  );
  const groups = useCall("list-groups");
  const showGroups = selected.startsWith(GROUP) || selected === ADD_GROUP;
  const person = people.data?.find((person) => person.name === selected) ?? people.data?.[0];
  const group = showGroups ? (groups.data?.find((group) => group.name === selected.slice(1)) ?? groups.data?.[0]) : undefined;
  const matches = (...texts: string[]) => texts.some((text) => text.toLowerCase().includes(search.toLowerCase()));
  const leaveAdding = (to?: string) => go("people", to ?? (showGroups ? GROUP : ""));
  return (
    <Page
      title={texts.screens.people}
      about={t.about}
      actions={
        showGroups ? (
          <Button leftSection={<IconUsersPlus size={17} />} onClick={() => go("people", ADD_GROUP)}>
            {t.addGroup}
          </Button>
        ) : (
          <Button leftSection={<IconUserPlus size={17} />} onClick={() => go("people", ADD)}>
            {t.add}
          </Button>
        )
      }
    >
      <AddPerson opened={selected === ADD} close={leaveAdding} />
      <AddGroup opened={selected === ADD_GROUP} close={(name) => leaveAdding(name === undefined ? undefined : `${GROUP}${name}`)} />
      <div style={{ display: "grid", gridTemplateColumns: "clamp(170px, 32%, 260px) minmax(0, 1fr)", gap: 16, alignItems: "start" }}>
        <Card padding="xs">
          <Stack gap="xs">
            <SegmentedControl
              fullWidth
              size="xs"
              data={[
                { value: "people", label: t.people },
                { value: "groups", label: t.groups },
              ]}
              value={showGroups ? "groups" : "people"}
              onChange={(value) => go("people", value === "groups" ? GROUP : "")}
            />
            <TextInput
              size="xs"
              placeholder={texts.search}
              aria-label={texts.search}
              leftSection={<IconSearch size={15} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
            {showGroups ? (
              <Loaded query={groups}>
                {(groups) => (
                  <div>
                    {groups
                      .filter((group) => matches(group.name))
                      .map((shown) => (
                        <UnstyledButton
                          key={shown.name}
                          className="row"
                          data-active={shown.name === group?.name || undefined}
                          aria-current={shown.name === group?.name || undefined}
                          onClick={() => go("people", `${GROUP}${shown.name}`)}
                        >
                          <IconUsersGroup size={20} stroke={1.5} color="var(--in)" style={{ flex: "none" }} />
                          <Stack gap={0} miw={0}>
                            <Text size="sm" fw={550} truncate>
                              {shown.name}
                            </Text>
                            <Text size="xs" c="dimmed">
                              {t.members(shown.members.length)}
                            </Text>
                          </Stack>
                        </UnstyledButton>
                      ))}
                    {!groups.some((group) => matches(group.name)) && (
                      <Text size="sm" c="dimmed" p="sm">
                        {groups.length === 0 ? t.noGroups : t.noGroupFound}
                      </Text>
                    )}
                  </div>
                )}
              </Loaded>
            ) : (
              <Loaded query={people}>
                {(people) => (
                  <div>
                    {people
                      .filter((person) => matches(person.name, person.display_name))
                      .map((shown) => (
                        <PersonRow key={shown.name} person={shown} active={shown.name === person?.name} />
                      ))}
                    {!people.some((person) => matches(person.name, person.display_name)) && (
                      <Text size="sm" c="dimmed" p="sm">
                        {people.length === 0 ? t.none : texts.shares.nobodyFound}
                      </Text>
                    )}
                  </div>
                )}
              </Loaded>
            )}
          </Stack>
        </Card>
        {showGroups ? (
          group !== undefined ? (
            <GroupDetail key={group.name} group={group} people={people.data ?? []} />
          ) : (
            groups.data !== undefined && (
              <Card>
                <Nothing icon={IconUsersGroup} title={t.noGroups}>
                  {t.noGroupsAbout}
                </Nothing>
              </Card>
            )
          )
        ) : person !== undefined ? (
          <PersonDetail key={person.name} person={person} />
        ) : (
          people.data !== undefined && (
            <Card>
              <Nothing icon={IconUserPlus} title={t.none}>
                {t.noneAbout}
              </Nothing>
            </Card>
          )
        )}
      </div>
    </Page>
  );
}

function PersonRow({ person, active }: { person: Person; active: boolean }) {
  const texts = useTexts();
  return (
    <UnstyledButton className="row" data-active={active || undefined} aria-current={active || undefined} onClick={() => go("people", person.name)}>
      <Avatar name={person.display_name} color="initials" size={30} radius="xl" opacity={person.enabled ? 1 : 0.45} aria-hidden />
      <Stack gap={0} flex={1} miw={0}>
        <Text size="sm" fw={550} truncate c={person.enabled ? undefined : "dimmed"}>
          {person.display_name}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {person.name}
        </Text>
      </Stack>
      <Group gap={4}>
        {person.locked_seconds !== null && (
          <Badge size="xs" color="red">
            {texts.people.locked}
          </Badge>
        )}
        {!person.enabled && (
          <Badge size="xs" color="gray">
            {texts.people.off}
          </Badge>
        )}
      </Group>
    </UnstyledButton>
  );
}
