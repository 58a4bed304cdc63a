// Who is connected, how well protected, and what they carry; ending and blocking.
import { ActionIcon, Badge, Button, Card, Group, Menu, Stack, Table, Text, Title, Tooltip, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconBan, IconDots, IconLock, IconLockOpen, IconPlugConnected, IconPlugConnectedX, IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/bridge";
import type { SessionInfo } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { bytes, count, moment, rate, span } from "../../parts/format";
import { Page } from "../../parts/page";
import { Loaded, Nothing } from "../../parts/states";
import { useTexts } from "../../texts";
import { OpenFiles } from "./files";
import { addressOf, useRates } from "./rates";

const QUARTER_HOUR = 15 * 60;

export function Sessions() {
  const texts = useTexts();
  const t = texts.sessions;
  const sessions = useCall("list-sessions");
  const rates = useRates(sessions.data, sessions.dataUpdatedAt);
  const age = useAge(sessions.dataUpdatedAt);
  return (
    <Page title={texts.screens.sessions} about={t.about}>
      <Stack>
        <Card padding={0}>
          <Loaded query={sessions}>
            {(sessions) =>
              sessions.length === 0 ? (
                <Nothing icon={IconPlugConnected} title={texts.home.nobody}>
                  {texts.home.nobodyAbout}
                </Nothing>
              ) : (
                <Table.ScrollContainer minWidth={700} type="native">
                  <Table className="table" verticalSpacing={8} horizontalSpacing="sm" highlightOnHover highlightOnHoverColor="var(--mantine-color-default-hover)">
                    <Table.Thead>
                      <Table.Tr>
                        <Table.Th pl="md">{t.person}</Table.Th>
                        <Table.Th>{t.protection}</Table.Th>
                        <Table.Th>{t.share}</Table.Th>
                        <Table.Th ta="right">{t.open}</Table.Th>
                        <Table.Th ta="right">{t.in}</Table.Th>
                        <Table.Th ta="right">{t.out}</Table.Th>
                        <Table.Th>{t.since}</Table.Th>
                        <Table.Th>
                          <VisuallyHidden>{texts.more}</VisuallyHidden>
                        </Table.Th>
                      </Table.Tr>
                    </Table.Thead>
                    <Table.Tbody>
                      {sessions.map((session) => (
                        <SessionRow key={session.id} session={session} rate={rates.get(session.id)} age={age} />
                      ))}
                    </Table.Tbody>
                  </Table>
                </Table.ScrollContainer>
              )
            }
          </Loaded>
        </Card>
        <Blocks />
      </Stack>
    </Page>
  );
}

function SessionRow({ session, rate: rates, age }: { session: SessionInfo; rate: { in: number; out: number } | undefined; age: number }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const address = addressOf(session.address);
  const idle = session.idle_seconds + age;
  const [listing, setListing] = useState(false);
  const disconnect = () => {
    const run = () => void act(call("close-session", { id: session.id }), t.disconnected(session.user));
    if (session.open_files > 0) {
      ask(texts, { title: t.disconnectTitle(session.user), text: t.disconnectText(session.open_files), confirm: t.disconnect, run });
    } else {
      run();
    }
  };
  const block = (seconds: number | null) => void act(call("block-address", { address, seconds }), t.blocked(address));
  return (
    <Table.Tr>
      <Table.Td pl="md">
        <Group gap={6} wrap="nowrap">
          <Text size="sm" fw={550} truncate maw={150}>
            {session.user}
          </Text>
          {session.user_id === null && (
            <Badge size="xs" color="orange">
              {t.guest}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" className="selectable">
          {address}
        </Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Text size="sm">{session.protocol === "smb" ? `SMB ${session.dialect}` : session.dialect}</Text>
          <Tooltip label={session.signing === null ? t.unsigned : t.signed(session.signing)}>
            {session.signing === null ? (
              <IconShieldX size={17} color="var(--mantine-color-orange-6)" role="img" aria-label={t.unsigned} />
            ) : (
              <IconShieldCheck size={17} color="var(--in)" role="img" aria-label={t.signed(session.signing)} />
            )}
          </Tooltip>
          <Tooltip label={session.cipher === null ? t.unencrypted : t.encrypted(session.cipher)}>
            {session.cipher === null ? (
              <IconLockOpen size={16} color="var(--quiet)" role="img" aria-label={t.unencrypted} />
            ) : (
              <IconLock size={16} color="var(--in)" role="img" aria-label={t.encrypted(session.cipher)} />
            )}
          </Tooltip>
        </Group>
        <Text size="xs" c="dimmed">
          {texts.engine(session.authentication)}
        </Text>
      </Table.Td>
      <Table.Td>
        <Text size="sm" truncate maw={140}>
          {session.shares.join(", ")}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        <UnstyledButton fz="sm" td="underline" aria-label={t.showFiles(session.open_files)} onClick={() => setListing(true)}>
          {count(texts, session.open_files)}
        </UnstyledButton>
        {listing && <OpenFiles session={session} close={() => setListing(false)} />}
      </Table.Td>
      <Carried rate={rates?.in ?? 0} total={session.bytes_in} />
      <Carried rate={rates?.out ?? 0} total={session.bytes_out} />
      <Table.Td className="numbers">
        <Text size="sm">{moment(texts, session.since)}</Text>
        <Text size="xs" c="dimmed">
          {idle < 5 ? t.active : t.idle(span(texts, idle))}
        </Text>
      </Table.Td>
      <Table.Td pr="sm" ta="right">
        <Menu>
          <Menu.Target>
            <ActionIcon aria-label={t.actions(session.user)}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconPlugConnectedX size={16} />} onClick={disconnect}>
              {t.disconnect}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<IconBan size={16} />} onClick={() => block(QUARTER_HOUR)}>
              {t.blockFor(address)}
            </Menu.Item>
            <Menu.Item leftSection={<IconBan size={16} />} color="red" onClick={() => block(null)}>
              {t.block(address)}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function Carried({ rate: perSecond, total }: { rate: number; total: number }) {
  const texts = useTexts();
  return (
    <Table.Td ta="right" className="numbers">
      <Text size="sm" c={perSecond > 0 ? undefined : "dimmed"}>
        {rate(texts, perSecond)}
      </Text>
      <Text size="xs" c="dimmed">
        {bytes(texts, total)}
      </Text>
    </Table.Td>
  );
}

function Blocks() {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const blocks = useCall("list-blocks").data ?? [];
  if (blocks.length === 0) {
    return null;
  }
  return (
    <Card padding="md">
      <Title order={2} fz="md" mb={4} px={4}>
        {t.blocks}
      </Title>
      <div className="list">
        {blocks.map((block) => (
          <div className="row" key={block.address}>
            <IconBan size={17} color="var(--mantine-color-red-6)" />
            <Text size="sm" className="selectable">
              {block.address}
            </Text>
            <Text size="xs" c="dimmed" flex={1}>
              {block.until === null ? t.forGood : t.until(moment(texts, block.until))}
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => void act(call("unblock-address", { address: block.address }))}>
              {t.unblock}
            </Button>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** Seconds since the list was fetched: idle times go on by themselves. */
function useAge(fetched: number) {
  const [now, setNow] = useState(Date.now);
  const latest = useRef(fetched);
  latest.current = fetched;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.round((now - latest.current) / 1000));
}
