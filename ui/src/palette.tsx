// Everything by keyboard: screens, shares, people and the commonest actions (Ctrl or Cmd, and K).
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconArrowRight, IconCopy, IconFolder, IconFolderOpen, IconPower, IconPrinter, IconUser, IconUserPlus, IconUsersGroup } from "@tabler/icons-react";
import { call, shell } from "./api/bridge";
import type { Status } from "./api/generated";
import { useAct, useCall } from "./api/queries";
import { isDevice } from "./parts/devices";
import { useSharing } from "./parts/sharing";
import { ADD, go, GROUP, type ScreenName } from "./route";
import { useTexts } from "./texts";

const ICON = { size: 18, stroke: 1.6 };
const SCREENS: ScreenName[] = ["home", "shares", "people", "devices", "sessions", "activity", "doctor", "settings"];

export function Palette({ status }: { status: Status }) {
  const texts = useTexts();
  const t = texts.palette;
  const act = useAct();
  const shares = useCall("list-shares").data ?? [];
  const people = useCall("list-people").data ?? [];
  const groups = useCall("list-groups").data ?? [];
  const { toggle } = useSharing(status);
  const actions: SpotlightActionGroupData[] = [
    {
      group: t.go,
      actions: SCREENS.map((name) => ({
        id: name,
        label: texts.screens[name],
        leftSection: <IconArrowRight {...ICON} />,
        onClick: () => go(name),
      })),
    },
    {
      group: t.actions,
      actions: [
        {
          id: "sharing",
          label: status.sharing ? texts.stopSharing : texts.startSharing,
          leftSection: <IconPower {...ICON} />,
          onClick: toggle,
        },
        { id: "add-share", label: texts.shares.add, leftSection: <IconFolder {...ICON} />, onClick: () => go("shares", ADD) },
        { id: "add-person", label: texts.people.add, leftSection: <IconUserPlus {...ICON} />, onClick: () => go("people", ADD) },
        { id: "add-device", label: texts.devices.add, leftSection: <IconPrinter {...ICON} />, onClick: () => go("devices", ADD) },
        ...status.listening.map((address) => ({
          id: address.url,
          label: t.copy(address.url),
          leftSection: <IconCopy {...ICON} />,
          onClick: () => void act(shell("copy", { text: address.url }), texts.copied),
        })),
        ...people
          .filter((person) => person.locked_seconds !== null)
          .map((person) => ({
            id: `unlock-${person.name}`,
            label: t.unlock(person.name),
            leftSection: <IconUser {...ICON} />,
            onClick: () => void act(call("unlock-person", { name: person.name })),
          })),
      ],
    },
    {
      group: texts.screens.shares,
      actions: shares.flatMap((share) => [
        {
          id: `share-${share.name}`,
          label: share.name,
          description: share.folder,
          leftSection: <IconFolder {...ICON} />,
          onClick: () => go("shares", share.name),
        },
        {
          id: `open-${share.name}`,
          label: t.open(share.name),
          leftSection: <IconFolderOpen {...ICON} />,
          onClick: () => void act(shell("show-share", { share: share.name })),
        },
      ]),
    },
    {
      group: texts.screens.people,
      actions: people.map((person) => ({
        id: `person-${person.name}`,
        label: person.display_name,
        description: person.name,
        leftSection: isDevice(person) ? <IconPrinter {...ICON} /> : <IconUser {...ICON} />,
        onClick: () => go(isDevice(person) ? "devices" : "people", person.name),
      })),
    },
    {
      group: texts.people.groups,
      actions: groups.map((group) => ({
        id: `group-${group.name}`,
        label: group.name,
        description: texts.people.members(group.members.length),
        leftSection: <IconUsersGroup {...ICON} />,
        onClick: () => go("people", `${GROUP}${group.name}`),
      })),
    },
  ];
  return (
    <Spotlight
      actions={actions}
      nothingFound={t.nothing}
      shortcut={["mod + K"]}
      limit={12}
      scrollable
      maxHeight={420}
      attributes={{ content: { "aria-label": texts.search } }}
      searchProps={{ placeholder: t.placeholder, "aria-label": t.placeholder }}
    />
  );
}
