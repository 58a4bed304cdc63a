// Scanners, cameras and boards: each with an account that can only put files in, and what to type into its panel.
import { Button, Card, Stack, Text, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconPlus, IconPrinter } from "@tabler/icons-react";
import { useState } from "react";
import type { Person, Status } from "../../api/generated";
import { useCall } from "../../api/queries";
import { moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { Loaded, Nothing } from "../../parts/states";
import { ADD, go } from "../../route";
import { useTexts } from "../../texts";
import { AddDevice } from "./add";
import { DeviceDetail } from "./detail";
import { DEVICES } from "./group";
import { ICONS } from "./icons";
import { profileOfDevice } from "./remember";

export function Devices({ status, selected }: { status: Status; selected: string }) {
  const texts = useTexts();
  const t = texts.devices;
  const people = useCall("list-people");
  const grants = useCall("list-grants", {}).data ?? [];
  // Shown once, right after it was made.
  const [fresh, setFresh] = useState<{ name: string; password: string }>();
  const sharesOf = (name: string) => grants.flatMap((grant) => ("user" in grant && grant.user === name ? [grant.share] : []));
  const device = people.data?.find((person) => person.name === selected && person.groups.includes(DEVICES));
  if (device !== undefined) {
    return (
      <DeviceDetail
        key={device.name}
        device={device}
        share={sharesOf(device.name)[0]}
        status={status}
        password={fresh?.name === device.name ? fresh.password : undefined}
        changed={(password) => setFresh({ name: device.name, password })}
      />
    );
  }
  const add = (
    <Button leftSection={<IconPlus size={17} />} onClick={() => go("devices", ADD)}>
      {t.add}
    </Button>
  );
  return (
    <Page title={texts.screens.devices} about={t.about} actions={add}>
      <AddDevice
        opened={selected === ADD}
        close={(added) => {
          setFresh(added);
          go("devices", added?.name);
        }}
      />
      <Card padding="xs">
        <Loaded query={people}>
          {(people) => {
            const devices = people.filter((person) => person.groups.includes(DEVICES));
            return devices.length === 0 ? (
              <Nothing icon={IconPrinter} title={t.none} action={add}>
                {t.noneAbout}
              </Nothing>
            ) : (
              <div className="list">
                {devices.map((device) => (
                  <UnstyledButton key={device.name} className="row" onClick={() => go("devices", device.name)}>
                    <DeviceIcon device={device} />
                    <Stack gap={0} flex={1} miw={0}>
                      <Text fw={600} truncate>
                        {device.display_name}
                      </Text>
                      <Text size="xs" c="dimmed" truncate>
                        {[device.name, ...sharesOf(device.name)].join(" → ")}
                      </Text>
                    </Stack>
                    <Text size="xs" c="dimmed" flex="none">
                      {device.last_login === null ? texts.people.neverSeen : texts.people.lastSeen(moment(texts, device.last_login))}
                    </Text>
                    <IconChevronRight size={16} color="var(--quiet)" />
                  </UnstyledButton>
                ))}
              </div>
            );
          }}
        </Loaded>
      </Card>
    </Page>
  );
}

function DeviceIcon({ device }: { device: Person }) {
  const Icon = ICONS[profileOfDevice(device).kind];
  return <Icon size={22} stroke={1.5} color="var(--in)" style={{ flex: "none" }} />;
}
