// Who is kept out: by wrong passwords for a while, and by a block.
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconBan, IconLock } from "@tabler/icons-react";
import { call } from "../../api/bridge";
import type { Block, LockOut } from "../../api/generated";
import { useExpiry } from "../../api/expiry";
import { useAct, useCall } from "../../api/queries";
import { moment } from "../../parts/format";
import { useTexts } from "../../texts";

const RED = "var(--mantine-color-red-6)";

export function KeptOut() {
  const lockOuts = useCall("list-lock-outs");
  const blocks = useCall("list-blocks").data ?? [];
  const locked = lockOuts.data ?? [];
  useExpiry(
    ["list-lock-outs", "list-people", "status"],
    locked.map(({ seconds }) => lockOuts.dataUpdatedAt + seconds * 1000),
  );
  useExpiry(
    ["list-blocks"],
    blocks.flatMap(({ until }) => (until === null ? [] : [Date.parse(until)])),
  );
  if (locked.length + blocks.length === 0) {
    return null;
  }
  return (
    <Group mah="55%" mih={0} align="stretch" wrap="nowrap" flex="none">
      {locked.length > 0 && <LockOuts locked={locked} counted={lockOuts.dataUpdatedAt} />}
      {blocks.length > 0 && <Blocks blocks={blocks} />}
    </Group>
  );
}

function LockOuts({ locked, counted }: { locked: LockOut[]; counted: number }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const unlock = ({ name, address }: LockOut) => {
    if (name !== null) {
      void act(call("unlock-person", { name }));
    } else if (address !== null) {
      void act(call("unlock-address", { address }));
    }
  };
  return (
    <Card padding="md" flex={1} miw={0} style={{ overflow: "auto" }}>
      <Group justify="space-between" wrap="nowrap" mb={4} px={4}>
        <Title order={2} fz="md">
          {t.lockOuts}
        </Title>
        <Button size="compact-sm" variant="default" onClick={() => void act(call("clear-lock-outs"), t.lockOutsEnded)}>
          {t.endLockOuts}
        </Button>
      </Group>
      <div className="list">
        {locked.map((lock) => (
          <div className="row" key={`${lock.name} ${lock.address}`}>
            <IconLock size={17} color={RED} style={{ flex: "none" }} />
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" truncate className="selectable">
                {[lock.name, lock.address].filter(Boolean).join(" · ")}
              </Text>
              <Text size="xs" c="dimmed">
                {[lock.unknown && t.unknownName, t.until(moment(texts, new Date(counted + lock.seconds * 1000).toISOString())), t.failures(lock.failures)].filter(Boolean).join(" · ")}
              </Text>
            </Stack>
            <Button size="compact-sm" variant="default" aria-label={texts.palette.unlock(lock.name ?? lock.address ?? "")} onClick={() => unlock(lock)}>
              {texts.people.unlock}
            </Button>
          </div>
        ))}
      </div>
    </Card>
  );
}

function Blocks({ blocks }: { blocks: Block[] }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const letIn = (block: Block) =>
    void act(call("unblock-address", { address: block.address }), t.letIn(block.address), () => call("block-address", { address: block.address, seconds: secondsLeft(block) }));
  return (
    <Card padding="md" flex={1} miw={0} style={{ overflow: "auto" }}>
      <Title order={2} fz="md" mb={4} px={4}>
        {t.blocks}
      </Title>
      <div className="list">
        {blocks.map((block) => (
          <div className="row" key={block.address}>
            <IconBan size={17} color={RED} style={{ flex: "none" }} />
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" truncate className="selectable">
                {block.address}
              </Text>
              <Text size="xs" c="dimmed">
                {block.until === null ? t.forGood : t.until(moment(texts, block.until))}
              </Text>
            </Stack>
            <Button size="compact-sm" variant="default" aria-label={`${t.unblock}: ${block.address}`} onClick={() => letIn(block)}>
              {t.unblock}
            </Button>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** How long a block goes on, for blocking once more. */
function secondsLeft({ until }: Block): number | null {
  return until === null ? null : Math.max(1, Math.ceil((Date.parse(until) - Date.now()) / 1000));
}
