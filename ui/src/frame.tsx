// The window once it is set up: navigation at the side, a screen beside it.
import { Box, Group, Kbd, Switch, Text, UnstyledButton } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import {
  IconActivity,
  IconFolders,
  IconHome,
  IconPlugConnected,
  IconPrinter,
  IconSearch,
  IconSettings,
  IconStethoscope,
  IconUsers,
  type Icon,
} from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import type { Status } from "./api/generated";
import { Palette } from "./palette";
import { Logo } from "./parts/logo";
import { useSharing } from "./parts/sharing";
import { Activity } from "./screens/activity/activity";
import { Devices } from "./screens/devices/devices";
import { Doctor } from "./screens/doctor/doctor";
import { Home } from "./screens/home/home";
import { People } from "./screens/people/people";
import { Sessions } from "./screens/sessions/sessions";
import { Settings } from "./screens/settings/settings";
import { Shares } from "./screens/shares/shares";
import { useRoute, type ScreenName } from "./route";
import { useTexts } from "./texts";

const SCREENS: { name: ScreenName; icon: Icon; screen: (status: Status, rest: string) => ReactNode }[] = [
  { name: "home", icon: IconHome, screen: (status) => <Home status={status} /> },
  { name: "shares", icon: IconFolders, screen: (status, rest) => <Shares status={status} selected={rest} /> },
  { name: "people", icon: IconUsers, screen: (_, rest) => <People selected={rest} /> },
  { name: "devices", icon: IconPrinter, screen: (status, rest) => <Devices status={status} selected={rest} /> },
  { name: "sessions", icon: IconPlugConnected, screen: () => <Sessions /> },
  { name: "activity", icon: IconActivity, screen: () => <Activity /> },
  { name: "doctor", icon: IconStethoscope, screen: () => <Doctor /> },
  { name: "settings", icon: IconSettings, screen: (status) => <Settings status={status} /> },
];

/** By when a dialog that closed has given the focus back, in milliseconds. */
const GIVEN_BACK_AFTER = 30;

export function Frame({ status }: { status: Status }) {
  const texts = useTexts();
  const route = useRoute();
  const shown = SCREENS.find((screen) => screen.name === route.screen) ?? SCREENS[0];
  const content = useRef<HTMLElement>(null);
  // Whoever goes somewhere by keyboard goes on there: keys scroll, and Tab leads to what is shown. What has the focus
  // for another reason, as a dialog has, keeps it; one that closes by this gives it back first.
  useEffect(() => {
    const timer = setTimeout(() => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body || focused.classList.contains("side-link")) {
        content.current?.focus({ preventScroll: true });
      }
    }, GIVEN_BACK_AFTER);
    return () => clearTimeout(timer);
  }, [shown?.name, route.rest]);
  const counts: Partial<Record<ScreenName, number>> = {
    shares: status.shares,
    people: status.people,
    sessions: status.sessions,
  };
  return (
    <div className="frame">
      <nav className="side" aria-label={texts.navigation}>
        <Group gap={9} px={8} pb={10} wrap="nowrap">
          <Logo />
          <Text fw={650} size="md">
            Landfall
          </Text>
        </Group>
        <UnstyledButton className="side-link" onClick={spotlight.open} mb={6} c="dimmed" style={{ border: "1px solid var(--line)", fontWeight: 400 }}>
          <IconSearch size={16} stroke={1.7} />
          {texts.search}
          <Kbd size="xs" ml="auto">
            {navigator.platform.startsWith("Mac") ? "⌘K" : "Ctrl K"}
          </Kbd>
        </UnstyledButton>
        {SCREENS.map(({ name, icon: Icon }) => (
          <a key={name} className="side-link" href={`#/${name}`} aria-current={name === shown?.name ? "page" : undefined} draggable={false}>
            <Icon size={18} stroke={1.7} />
            {texts.screens[name]}
            {(counts[name] ?? 0) > 0 && <span className="side-count">{counts[name]}</span>}
          </a>
        ))}
        <Box flex={1} />
        <SharingSwitch status={status} />
      </nav>
      <main className="content" ref={content} tabIndex={-1} data-fixed={shown?.name === "activity" || undefined} key={shown?.name}>
        {shown?.screen(status, route.rest)}
      </main>
      <Palette status={status} />
    </div>
  );
}

function SharingSwitch({ status }: { status: Status }) {
  const texts = useTexts();
  const { busy, toggle } = useSharing(status);
  const state = !status.sharing ? "off" : status.warnings.length > 0 ? "attention" : "on";
  return (
    <Group gap={9} px={10} py={6} wrap="nowrap">
      <span className="dot" data-state={state} />
      <Text size="sm" flex={1} fw={500}>
        {status.sharing ? texts.sharingOn : texts.sharingOff}
      </Text>
      <Switch size="sm" checked={status.sharing} disabled={busy} onChange={toggle} aria-label={texts.sharing} />
    </Group>
  );
}
