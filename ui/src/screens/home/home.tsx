// The present at a glance.
import { ActionIcon, Alert, Anchor, Button, Card, Group, Progress, SimpleGrid, Stack, Text, Title, Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconFile, IconFolderOpen, IconFolderPlus, IconFolders, IconPlugConnected, IconUser } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { shell } from "../../api/bridge";
import type { SessionInfo, Share, ShareSpace, Status } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { Copyable } from "../../parts/copy";
import { isDevice } from "../../parts/devices";
import { FolderDrop } from "../../parts/dropping";
import { ago, bytes, moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { SharingButton } from "../../parts/sharing";
import { Loaded, Nothing } from "../../parts/states";
import { ADD, go } from "../../route";
import { useTexts } from "../../texts";
import { Age } from "./age";
import { Throughput } from "./throughput";

export function Home({ status }: { status: Status }) {
  const texts = useTexts();
  const t = texts.home;
  const accounts = useCall("list-people").data;
  const devices = accounts?.filter(isDevice).length ?? 0;
  return (
    <Page
      title={
        <Group gap={10} wrap="nowrap">
          <span className="dot" data-state={status.sharing ? "on" : "off"} />
          {status.sharing ? texts.sharingOn : texts.sharingOff}
        </Group>
      }
      about={status.sharing ? t.about(status.shares, Math.max(0, status.people - devices), devices) : t.aboutOff}
      actions={<SharingButton status={status} />}
    >
      <FolderDrop />
      <Stack gap="md">
        <Age />
        {status.warnings.map((warning) => (
          <Alert key={warning} color="orange" icon={<IconAlertTriangle size={18} />} py="xs">
            {texts.engine(warning)}
          </Alert>
        ))}
        {status.sharing && status.listening.length > 0 && (
          <SimpleGrid cols={{ base: 1, sm: Math.min(2, status.listening.length) }} spacing="sm">
            {status.listening.map((address) => (
              <Copyable key={address.url} text={address.url} label={texts.connect.copy} />
            ))}
          </SimpleGrid>
        )}
        <Card>
          <Throughput />
        </Card>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          <Connected />
          <SharesWithSpace />
        </SimpleGrid>
        <Recent />
      </Stack>
    </Page>
  );
}

function Section({ title, more, children }: { title: string; more?: ReactNode; children: ReactNode }) {
  return (
    <Card padding="md">
      <Group justify="space-between" mb={6} px={4}>
        <Title order={2} fz="md">
          {title}
        </Title>
        {more}
      </Group>
      {children}
    </Card>
  );
}

function Connected() {
  const texts = useTexts();
  const t = texts.home;
  const sessions = useCall("list-sessions");
  return (
    <Section
      title={t.connected}
      more={
        <Anchor href="#/sessions" size="sm">
          {t.all}
        </Anchor>
      }
    >
      <Loaded query={sessions} rows={3}>
        {(sessions) =>
          sessions.length === 0 ? (
            <Nothing icon={IconPlugConnected} title={t.nobody}>
              {t.nobodyAbout}
            </Nothing>
          ) : (
            <div className="list">
              {byPerson(sessions)
                .slice(0, 6)
                .map(({ user, sessions }) => (
                  <UnstyledButton key={user} className="row" onClick={() => go("sessions")}>
                    <IconUser size={18} stroke={1.6} color="var(--in)" />
                    <Stack gap={0} flex={1} miw={0}>
                      <Text size="sm" fw={500} truncate>
                        {user}
                      </Text>
                      <Text size="xs" c="dimmed" truncate>
                        {[...new Set(sessions.map((session) => host(session.address)))].join(", ")}
                      </Text>
                    </Stack>
                    <Text size="xs" c="dimmed">
                      {[...new Set(sessions.map((session) => session.protocol.toUpperCase()))].join(" + ")}
                    </Text>
                  </UnstyledButton>
                ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}

function byPerson(sessions: SessionInfo[]) {
  const people = new Map<string, SessionInfo[]>();
  for (const session of sessions) {
    people.set(session.user, [...(people.get(session.user) ?? []), session]);
  }
  return [...people].map(([user, sessions]) => ({ user, sessions }));
}

const host = (address: string) => address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");

function SharesWithSpace() {
  const texts = useTexts();
  const t = texts.home;
  const shares = useCall("list-shares");
  const space = useCall("list-space").data ?? [];
  return (
    <Section
      title={texts.screens.shares}
      more={
        <Anchor href="#/shares" size="sm">
          {t.all}
        </Anchor>
      }
    >
      <Loaded query={shares} rows={3}>
        {(shares) =>
          shares.length === 0 ? (
            <Nothing
              icon={IconFolders}
              title={texts.shares.none}
              action={
                <Button leftSection={<IconFolderPlus size={17} />} onClick={() => go("shares", ADD)}>
                  {texts.shares.add}
                </Button>
              }
            >
              {texts.shares.noneAbout}
            </Nothing>
          ) : (
            <div className="list">
              {shares.slice(0, 6).map((share) => (
                <ShareRow key={share.name} share={share} space={space.find((space) => space.share === share.name)} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}

function ShareRow({ share, space }: { share: Share; space: ShareSpace | undefined }) {
  const texts = useTexts();
  const used = space && space.total > 0 ? ((space.total - space.free) / space.total) * 100 : 0;
  return (
    <UnstyledButton className="row" onClick={() => go("shares", share.name)}>
      <Stack gap={5} flex={1} miw={0}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={500} truncate>
            {share.name}
          </Text>
          <Text size="xs" c={share.available ? "dimmed" : "red"} flex="none" className="numbers">
            {share.unavailable !== null ? texts.shares.unavailable[share.unavailable].mark : space && texts.home.free(bytes(texts, space.free))}
          </Text>
        </Group>
        <Progress value={used} size={4} color={used > 95 ? "red" : used > 85 ? "orange" : "sea"} aria-label={texts.home.used(Math.round(used))} />
      </Stack>
    </UnstyledButton>
  );
}

function Recent() {
  const texts = useTexts();
  const t = texts.home;
  const act = useAct();
  const recent = useCall("find-activity", { kinds: ["file-written"], limit: 8 });
  return (
    <Section
      title={t.recent}
      more={
        <Anchor href="#/activity" size="sm">
          {t.all}
        </Anchor>
      }
    >
      <Loaded query={recent} rows={3}>
        {({ records }) =>
          records.length === 0 ? (
            <Nothing icon={IconFile} title={t.noFiles}>
              {t.noFilesAbout}
            </Nothing>
          ) : (
            <div className="list">
              {records.map((record) => (
                <div className="row" key={record.id}>
                  <IconFile size={18} stroke={1.6} color="var(--quiet)" />
                  <Stack gap={0} flex={1} miw={0}>
                    <Text size="sm" truncate>
                      {record.path}
                    </Text>
                    <Text size="xs" c="dimmed" truncate>
                      {[record.share, record.user].filter(Boolean).join(" · ")}
                    </Text>
                  </Stack>
                  <Tooltip label={moment(texts, record.at)}>
                    <Text size="xs" c="dimmed" className="numbers" flex="none">
                      {ago(texts, record.at)}
                    </Text>
                  </Tooltip>
                  {record.share !== null && (
                    <Tooltip label={t.showFile}>
                      <ActionIcon
                        aria-label={`${t.showFile}: ${record.path ?? ""}`}
                        onClick={() => void act(shell("show-file", { share: record.share ?? "", path: record.path ?? "" }))}
                      >
                        <IconFolderOpen size={17} />
                      </ActionIcon>
                    </Tooltip>
                  )}
                </div>
              ))}
            </div>
          )
        }
      </Loaded>
    </Section>
  );
}
