// One device: what to type into its panel, and what the engine hears of it while it tries.
import { Button, Stack } from "@mantine/core";
import { IconPrinter, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { call, shell } from "../../api/bridge";
import type { Person, Status } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { BackTitle } from "../../parts/backtitle";
import { ask } from "../../parts/confirm";
import { Page } from "../../parts/page";
import { go } from "../../route";
import { useTexts } from "../../texts";
import { Heard } from "./heard";
import type { Profile } from "./panel";
import { PanelCard } from "./panelcard";
import { labelOf, profileIn, profileOfDevice, remember } from "./remember";

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
  const [chosen, setChosen] = useState<Profile>();
  const profile = chosen ?? profileOfDevice(device);
  const fingerprint = useCall("list-host-keys").data?.[0]?.fingerprint;
  const choose = async (profile: Profile) => {
    setChosen(profile);
    remember(device.name, profile);
    // A name that tells of the profile follows it; one of the owner's own stays.
    if (profileIn(device.display_name, device.name) !== undefined) {
      await act(call("change-person", { name: device.name, display_name: labelOf(texts, profile, device.name) }));
    }
  };
  const renew = () =>
    ask(texts, {
      title: texts.people.resetTitle(device.display_name),
      text: t.newPasswordText,
      confirm: t.newPassword,
      run: async () => {
        const made = await act(call("generate-password"));
        if (made !== undefined && (await act(call("set-password", { name: device.name, password: made.done })))) {
          changed(made.done);
        }
      },
    });
  const remove = () =>
    ask(texts, {
      title: texts.people.removeTitle(device.display_name),
      text: texts.people.removeText,
      confirm: texts.people.remove,
      run: async () => {
        if (await act(call("remove-person", { name: device.name }), texts.people.removed(device.display_name))) {
          remember(device.name, undefined);
          go("devices");
        }
      },
    });
  return (
    <Page
      title={
        <BackTitle href="#/devices" name={device.display_name} />
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
        <PanelCard
          title={device.display_name}
          profile={profile}
          choose={(profile) => void choose(profile)}
          status={status}
          account={{ user: device.name, share, password, fingerprint }}
          renew={renew}
        />
        <Heard device={device} />
      </Stack>
    </Page>
  );
}
