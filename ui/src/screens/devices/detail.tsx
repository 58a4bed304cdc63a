// What to type into a device's panel, and what the engine hears of it while it tries.
import { ActionIcon, Alert, Button, Card, Group, SegmentedControl, Stack, Table, Text, Title } from "@mantine/core";
import { IconChevronLeft, IconKey, IconPrinter, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { call, shell } from "../../api/bridge";
import type { Person, Status } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { CopyButton } from "../../parts/copy";
import { moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { Qr } from "../../parts/qr";
import { go } from "../../route";
import { useTexts } from "../../texts";
import { LOOK } from "../activity/kinds";
import { fieldsOf, heard, type Way } from "./fields";

interface DeviceDetailProps {
  device: Person;
  share: string | undefined;
  status: Status;
  /** Known only right after it was set. */
  password: string | undefined;
  changed: (password: string) => void;
}

export function DeviceDetail({ device, share, status, password, changed }: DeviceDetailProps) {
  const texts = useTexts();
  const t = texts.devices;
  const act = useAct();
  const [way, setWay] = useState<Way>("smb");
  const fingerprint = useCall("list-host-keys").data?.[0]?.fingerprint;
  const fields = fieldsOf(way, status, device.name, share, password, fingerprint);
  const renew = async () => {
    const made = await act(call("generate-password"));
    if (made !== undefined && (await act(call("set-password", { name: device.name, password: made.done })))) {
      changed(made.done);
    }
  };
  const remove = () =>
    ask(texts, {
      title: texts.people.removeTitle(device.display_name),
      text: texts.people.removeText,
      confirm: texts.people.remove,
      run: async () => {
        if (await act(call("remove-person", { name: device.name }), texts.people.removed(device.display_name))) {
          go("devices");
        }
      },
    });
  const address = fields.find((field) => field.name === "path" || field.name === "url")?.value;
  return (
    <Page
      title={
        <Group gap={6} wrap="nowrap">
          <ActionIcon component="a" href="#/devices" aria-label={texts.back} size="lg">
            <IconChevronLeft size={20} />
          </ActionIcon>
          {device.display_name}
        </Group>
      }
      actions={
        <>
          <Button variant="default" leftSection={<IconPrinter size={17} />} onClick={() => void act(shell("print"))}>
            {t.print}
          </Button>
          <Button variant="default" leftSection={<IconTrash size={17} />} onClick={remove}>
            {texts.people.remove}
          </Button>
        </>
      }
    >
      <Stack gap="md">
        <Card className="printable">
          <Group justify="space-between" mb="sm">
            <Title order={2}>{t.panel}</Title>
            <SegmentedControl
              className="not-printed"
              aria-label={t.way}
              data={[
                { value: "smb", label: "SMB" },
                { value: "sftp", label: "SFTP" },
              ]}
              value={way}
              onChange={(way) => setWay(way as Way)}
            />
          </Group>
          {way === "smb" && fields.some((field) => field.name === "port" && field.value !== "445") && (
            <Alert color="orange" py="xs" mb="sm" className="not-printed">
              {t.otherPort}
            </Alert>
          )}
          {fields.length === 0 ? (
            <Text c="dimmed">{t.notSharing}</Text>
          ) : (
            <Group align="flex-start" wrap="nowrap" gap="lg">
              <Table verticalSpacing={5} flex={1} layout="fixed">
                <Table.Tbody>
                  {fields.map((field) => (
                    <Table.Tr key={field.name}>
                      <Table.Th w="34%" fw={500}>
                        {t.fields[field.name]}
                      </Table.Th>
                      <Table.Td ff="monospace" className="selectable" style={{ overflowWrap: "anywhere", fontVariantLigatures: "none" }}>
                        {field.value ?? (field.name === "password" ? t.hidden : t.leaveEmpty)}
                      </Table.Td>
                      <Table.Td w={48} className="not-printed">
                        {field.value !== undefined && <CopyButton text={field.value} label={t.copyField(t.fields[field.name])} />}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
              {address !== undefined && <Qr text={address} label={texts.connect.qr(address)} />}
            </Group>
          )}
          <Group mt="sm" justify="space-between" className="not-printed">
            <Text size="xs" c="dimmed">
              {password === undefined ? t.passwordKept : t.passwordOnce}
            </Text>
            <Button size="xs" variant="default" leftSection={<IconKey size={15} />} onClick={() => void renew()}>
              {t.newPassword}
            </Button>
          </Group>
        </Card>
        <Heard device={device} />
      </Stack>
    </Page>
  );
}

function Heard({ device }: { device: Person }) {
  const texts = useTexts();
  const t = texts.devices;
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
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed" px={8} pt={4}>
          {t.waitingAbout}
        </Text>
      ) : (
        <div className="list" role="log">
          {shown.map((record) => {
            const { icon: Icon, color } = LOOK[record.kind];
            return (
              <div className="row" key={record.id}>
                <Icon size={17} color={color} role="img" aria-label={texts.activity.kinds[record.kind]} style={{ flex: "none" }} />
                <Text size="sm" flex={1} className="selectable">
                  {record.path ?? texts.engine(record.message)}
                </Text>
                <Text size="xs" c="dimmed" flex="none" className="numbers">
                  {[record.address, moment(texts, record.at)].filter(Boolean).join(" · ")}
                </Text>
              </div>
            );
          })}
        </div>
      )}
    </Card>
  );
}
