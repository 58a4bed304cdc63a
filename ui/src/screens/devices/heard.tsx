// What the engine hears of a device while it tries: what it did, why it failed, and what to do about that.
import { Alert, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useState } from "react";
import { call } from "../../api/bridge";
import type { Person, StoredActivity } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { moment, span } from "../../parts/format";
import { useTexts } from "../../texts";
import { LOOK } from "../activity/kinds";
import { heard } from "./fields";
import { reasonOf } from "./reasons";

export function Heard({ device }: { device: Person }) {
  const texts = useTexts();
  const t = texts.devices;
  const act = useAct();
  const [since] = useState(() => new Date().toISOString());
  const records = useCall("find-activity", { since, limit: 200 }).data?.records ?? [];
  const shown = heard(records, device.name);
  return (
    <Card padding="md">
      <Group gap="sm" px={8}>
        <span className="dot" data-state={shown.length === 0 ? "waiting" : "on"} />
        <Title order={2} fz="md">
          {shown.length === 0 ? t.waiting : t.heard}
        </Title>
      </Group>
      {device.locked_seconds !== null && (
        <Alert color="orange" py="xs" mt="sm" icon={<IconLock />}>
          <Group justify="space-between">
            <Text size="sm">{texts.people.lockedText(span(texts, device.locked_seconds), device.locked_from)}</Text>
            <Button size="compact-sm" variant="light" color="orange" onClick={() => void act(call("unlock-person", { name: device.name }))}>
              {texts.people.unlock}
            </Button>
          </Group>
        </Alert>
      )}
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed" px={8} pt={4}>
          {t.waitingAbout}
        </Text>
      ) : (
        <div className="list" role="log">
          {shown.map((record) => (
            <Happening key={record.id} record={record} />
          ))}
        </div>
      )}
    </Card>
  );
}

function Happening({ record }: { record: StoredActivity }) {
  const texts = useTexts();
  const { icon: Icon, color } = LOOK[record.kind];
  const reason = reasonOf(record);
  // Of a refusal the sentence counts; of the rest, which file it was.
  const message = texts.engine(record.message);
  const what = reason === undefined ? [record.path ?? message] : [record.path, message];
  return (
    <div className="row">
      <Icon size={17} color={color} role="img" aria-label={texts.activity.kinds[record.kind]} style={{ flex: "none" }} />
      <Stack gap={2} flex={1} miw={0}>
        <Text size="sm" className="selectable">
          {what.filter(Boolean).join(": ")}
        </Text>
        {reason !== undefined && <Text size="sm" fw={500}>{texts.devices.reasons[reason]}</Text>}
      </Stack>
      <Text size="xs" c="dimmed" flex="none" className="numbers">
        {[record.address, moment(texts, record.at)].filter(Boolean).join(" · ")}
      </Text>
    </div>
  );
}
