// One share: who may do what, its options, and how to connect to it.
import { ActionIcon, Alert, Anchor, Button, Card, Group, Menu, Select, Stack, Switch, Tabs, Text, TextInput, Title } from "@mantine/core";
import { IconAlertTriangle, IconDots, IconFolderOpen, IconTrash } from "@tabler/icons-react";
import { Fragment } from "react";
import { call, shell } from "../../api/bridge";
import type { Share, Status } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { BackTitle } from "../../parts/backtitle";
import { ask } from "../../parts/confirm";
import { Connect } from "../../parts/connect";
import { KeptInput } from "../../parts/kept";
import { Page } from "../../parts/page";
import { place } from "../../parts/share";
import { Loading } from "../../parts/states";
import { go } from "../../route";
import { useTexts } from "../../texts";
import { ShareBadges } from "./badges";
import { useChange } from "./change";
import { GuestObstacles } from "./guests";
import { LEVELS } from "./levels";
import { Matrix } from "./matrix";

export function ShareDetail({ share, status }: { share: Share; status: Status }) {
  const texts = useTexts();
  const t = texts.shares;
  const act = useAct();
  const remove = () =>
    ask(texts, {
      title: t.removeTitle(share.name),
      text: t.removeText(share.folder),
      confirm: t.remove,
      run: async () => {
        if (await act(call("remove-share", { name: share.name }), t.removed(share.name))) {
          go("shares");
        }
      },
    });
  return (
    <Page
      title={
        <BackTitle href="#/shares" name={share.name}>
          <ShareBadges share={share} wrap="wrap" />
        </BackTitle>
      }
      about={
        <span className="selectable" style={{ display: "block", paddingLeft: 40, overflowWrap: "anywhere" }}>
          {place(texts, share)}
        </span>
      }
      actions={
        <>
          <Button
            variant="default"
            leftSection={<IconFolderOpen size={17} />}
            onClick={() => void act(shell("show-share", { share: share.name }))}
          >
            {texts.openFolder}
          </Button>
          <Menu>
            <Menu.Target>
              <ActionIcon variant="default" size="lg" aria-label={texts.more}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={remove}>
                {t.remove}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {share.inside_of !== null && (
        <Alert color="orange" icon={<IconAlertTriangle size={18} />} py="xs" mb="md">
          {t.nested(share.inside_of)}
        </Alert>
      )}
      {share.holds.length > 0 && (
        <Alert color="orange" icon={<IconAlertTriangle size={18} />} py="xs" mb="md">
          {t.holds(share.holds.join(", "))}
        </Alert>
      )}
      <Tabs defaultValue="access" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="access">{t.access}</Tabs.Tab>
          <Tabs.Tab value="connect">{t.connect}</Tabs.Tab>
          <Tabs.Tab value="options">{t.optionsTab}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="access">
          <AccessTab share={share} />
        </Tabs.Panel>
        <Tabs.Panel value="connect">
          <Card>
            <Connect status={status} share={share.name} />
          </Card>
        </Tabs.Panel>
        <Tabs.Panel value="options">
          <Options share={share} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function AccessTab({ share }: { share: Share }) {
  const texts = useTexts();
  const t = texts.shares;
  const change = useChange(share);
  const people = useCall("list-people").data;
  const groups = useCall("list-groups").data;
  const grants = useCall("list-grants", {}).data;
  return (
    // Not cut off: the table's heading stays in view while the window scrolls.
    <Card padding="md" style={{ overflow: "visible" }}>
      <Group justify="space-between" mb="sm" px={6} gap="md">
        <Stack gap={0} flex={1} miw={220}>
          <Title order={2} fz="md">
            {t.accessTitle}
          </Title>
          <Text size="xs" c="dimmed">
            {t.accessAbout}
          </Text>
        </Stack>
        <Group gap="xs" wrap="nowrap">
          <Text size="sm" c="dimmed" id="everyone-label">
            {t.everyone}
          </Text>
          <Select
            w={150}
            aria-labelledby="everyone-label"
            data={LEVELS.map((level) => ({ value: level, label: texts.levels[level].name }))}
            value={share.default}
            onChange={(level) => level !== null && void change({ default: level }, t.granted(t.everyone, texts.levels[level].name))}
          />
        </Group>
      </Group>
      {people === undefined || groups === undefined || grants === undefined ? (
        <Loading />
      ) : people.length + groups.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          {t.nobodyYet} <Anchor href="#/people/+">{texts.people.add}</Anchor>
        </Text>
      ) : (
        <Matrix share={share} people={people} groups={groups} grants={grants} />
      )}
    </Card>
  );
}

const OPTIONS = ["read_only", "upload_only", "guest", "encrypt", "hidden"] as const;

function Options({ share }: { share: Share }) {
  const texts = useTexts();
  const t = texts.shares;
  const change = useChange(share);
  const act = useAct();
  const rename = async (name: string) => go("shares", (await call("change-share", { share: share.name, name })).name);
  const move = async () => {
    const picked = await act(shell("pick-folder"));
    if (picked?.done) {
      await change({ folder: picked.done });
    }
  };
  return (
    <Card>
      <Stack gap="lg">
        <Group grow align="flex-start">
          <KeptInput label={t.name} saved={share.name} save={rename} />
          <KeptInput label={t.comment} saved={share.comment} save={(comment) => call("change-share", { share: share.name, comment })} mayBeEmpty />
        </Group>
        <Group align="flex-end" wrap="nowrap" gap="xs">
          <TextInput flex={1} label={t.folder} value={share.folder} readOnly />
          <Button variant="default" onClick={() => void move()}>
            {t.otherFolder}
          </Button>
        </Group>
        {OPTIONS.map((option) => (
          <Fragment key={option}>
            <Switch
              label={t.options[option].name}
              description={t.options[option].about}
              checked={share[option]}
              onChange={({ currentTarget: { checked } }) => void change({ [option]: checked }, t.switched(t.options[option].name, checked))}
            />
            {option === "guest" && <GuestObstacles share={share} admit={() => void change({ default: "read" })} />}
          </Fragment>
        ))}
      </Stack>
    </Card>
  );
}
