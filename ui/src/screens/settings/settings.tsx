// What holds for the whole server and for the app.
import { Alert, Anchor, Badge, Button, Group, SegmentedControl, Select, Stack, Switch, Text } from "@mantine/core";
import { IconAlertTriangle, IconFolderOpen, IconLicense } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { call, shell } from "../../api/bridge";
import type { Hardening, Preferences, Setting, Status } from "../../api/generated";
import { useAbout, useAct, useCall, usePreferences, useSetPreferences } from "../../api/queries";
import { useRestartPending } from "../../api/restart";
import { ask } from "../../parts/confirm";
import { CopyButton } from "../../parts/copy";
import { count, day } from "../../parts/format";
import { Page } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { useTexts, type Texts } from "../../texts";
import { BackupSection } from "./backup";
import { NumberSetting, TextSetting } from "./fields";
import { Licences } from "./licences";
import { LogIns } from "./logins";
import { Section } from "./section";
import { Security } from "./security";
import { useRestart, useSet, valueOf } from "./set";

export function Settings({ status }: { status: Status }) {
  const texts = useTexts();
  const settings = useCall("list-settings");
  return (
    <Page title={texts.screens.settings}>
      <Loaded query={settings} rows={8}>
        {(settings) => (
          <Stack gap="md">
            <App />
            <Network settings={settings} status={status} />
            <Security settings={settings} />
            <LogIns settings={settings} />
            <Limits settings={settings} />
            <HostKeys />
            <BackupSection />
            <About status={status} />
          </Stack>
        )}
      </Loaded>
    </Page>
  );
}

function App() {
  const texts = useTexts();
  const t = texts.settings;
  const preferences = usePreferences().data;
  const set = useSetPreferences();
  if (preferences === undefined) {
    return null;
  }
  const flag = (key: "autostart" | "start_minimized" | "notify_uploads" | "notify_visitors" | "notify_problems" | "notify_age") => (
    <Switch label={t.app[key]} checked={preferences[key]} onChange={(event) => void set({ [key]: event.currentTarget.checked })} />
  );
  return (
    <Section title={t.appTitle}>
      <Group grow align="flex-start">
        <Stack gap={4}>
          <Text size="sm" fw={500} id="theme-label">
            {t.theme}
          </Text>
          <SegmentedControl
            aria-labelledby="theme-label"
            data={(["system", "light", "dark"] as const).map((theme) => ({ value: theme, label: t.themes[theme] }))}
            value={preferences.theme}
            onChange={(theme) => void set({ theme: theme as Preferences["theme"] })}
          />
        </Stack>
        <Select
          label={t.language}
          data={[
            { value: "system", label: t.themes.system },
            { value: "en", label: "English" },
            { value: "de", label: "Deutsch" },
          ]}
          value={preferences.language}
          onChange={(language) => language !== null && void set({ language: language as Preferences["language"] })}
        />
      </Group>
      <Group align="flex-start" grow>
        <Stack gap="sm">
          {flag("autostart")}
          {flag("start_minimized")}
        </Stack>
        <Stack gap="sm">
          {flag("notify_uploads")}
          {flag("notify_visitors")}
          {flag("notify_problems")}
          {flag("notify_age")}
        </Stack>
      </Group>
    </Section>
  );
}

function Network({ settings, status }: { settings: Setting[]; status: Status }) {
  const texts = useTexts();
  const t = texts.settings;
  return (
    <Section title={t.network} about={t.networkAbout}>
      <TextSetting settings={settings} name="server.name" label={t.serverName} about={t.serverNameAbout} placeholder={t.computerName} />
      <Group grow align="flex-start">
        <TextSetting settings={settings} name="smb.listen" label={t.smbListen} about={t.listenAbout} />
        <TextSetting settings={settings} name="sftp.listen" label={t.sftpListen} about={t.listenAbout} />
      </Group>
      {status.sharing && <Pending />}
      {status.warnings.length > 0 && (
        <Alert color="orange" py="xs" icon={<IconAlertTriangle />}>
          {status.warnings.map((warning) => (
            <Text key={warning} size="sm" className="selectable">
              {texts.engine(warning)}
            </Text>
          ))}
        </Alert>
      )}
      {status.listening.length > 0 && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {t.listening}
          </Text>
          {status.listening.map((address) => (
            <Badge key={address.url} color="gray" ff="monospace">
              {address.protocol.toUpperCase()} {address.address}
            </Badge>
          ))}
        </Group>
      )}
    </Section>
  );
}

/** What is left when the notice is gone: something waits for sharing to start again. */
function Pending() {
  const t = useTexts().settings;
  const restart = useRestart();
  if (!useRestartPending()) {
    return null;
  }
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed">
        {t.needsRestart}
      </Text>
      <Button size="compact-sm" variant="light" onClick={() => void restart()}>
        {t.restart}
      </Button>
    </Group>
  );
}

function Limits({ settings }: { settings: Setting[] }) {
  const texts = useTexts();
  const t = texts.settings;
  const act = useAct();
  const set = useSet();
  const attempts = Number(valueOf(settings, "lockout.attempts"));
  const keep = Number(valueOf(settings, "activity.keep"));
  const setKeep = async (wanted: number) => {
    const run = () => act(set({ "activity.keep": String(wanted) }));
    const found = wanted < keep ? await act(call("find-activity", { limit: 1 })) : undefined;
    const lost = (found?.done.total ?? 0) - wanted;
    if (lost <= 0) {
      return (await run()) !== undefined;
    }
    ask(texts, {
      title: t.fewerTitle(count(texts, wanted), wanted),
      text: t.fewerText(count(texts, lost), lost),
      confirm: t.fewer,
      run: () => void run(),
    });
    // Nothing is changed until that is answered.
    return false;
  };
  return (
    <Section title={t.limits}>
      <Group grow align="flex-start">
        <NumberSetting label={t.attempts} about={t.attemptsAbout} value={attempts} max={1000} change={async (value) => (await act(set({ "lockout.attempts": String(value) }))) !== undefined} />
        <TextSetting settings={settings} name="lockout.first" label={t.lockoutFirst} about={t.spanAbout} />
        <TextSetting settings={settings} name="lockout.longest" label={t.lockoutLongest} about={t.spanAbout} />
      </Group>
      <NumberSetting label={t.keep} value={keep} max={10_000_000} step={10_000} change={setKeep} />
      <TextSetting settings={settings} name="shares.keep-free" label={t.keepFree} about={t.keepFreeAbout} />
    </Section>
  );
}

function HostKeys() {
  const texts = useTexts();
  const t = texts.settings;
  const keys = useCall("list-host-keys").data ?? [];
  return (
    <Section title={t.hostKeys} about={t.hostKeysAbout}>
      <div className="list">
        {keys.map((key) => (
          <Group key={key.fingerprint} gap="sm" py={6} wrap="nowrap">
            <Stack gap={0} flex={1} miw={0}>
              <Text size="sm" fw={500}>
                {key.algorithm}
              </Text>
              <Text size="xs" ff="monospace" c="dimmed" className="selectable" style={{ overflowWrap: "anywhere" }}>
                {key.fingerprint}
              </Text>
            </Stack>
            <CopyButton text={key.public_key} label={t.copyPublicKey} />
          </Group>
        ))}
      </div>
    </Section>
  );
}

function About({ status }: { status: Status }) {
  const texts = useTexts();
  const t = texts.settings;
  const act = useAct();
  const about = useAbout().data;
  const [listing, setListing] = useState(false);
  return (
    <Section title={t.about}>
      <Group gap="xl" align="flex-start">
        <Fact label={t.version}>{about && t.versionOf(about.version, day(texts, about.built))}</Fact>
        <Fact label={t.masterKey}>{t.masterKeys[status.master_key]}</Fact>
        {status.hardening !== null && <Fact label={t.hardening}>{hardening(texts, status.hardening)}</Fact>}
        <Fact label={t.dataFolder}>
          <span className="selectable" style={{ overflowWrap: "anywhere" }}>
            {status.data_dir}
          </span>
        </Fact>
        <Fact label={t.licence}>MIT / Apache-2.0</Fact>
      </Group>
      <Group gap="xs">
        <Button variant="default" leftSection={<IconFolderOpen size={16} />} onClick={() => void act(shell("show-logs"))}>
          {t.showLogs}
        </Button>
        <Button variant="default" leftSection={<IconFolderOpen size={16} />} onClick={() => void act(shell("show-data-folder"))}>
          {t.showData}
        </Button>
        <Button variant="default" leftSection={<IconLicense size={16} />} onClick={() => setListing(true)}>
          {t.licences}
        </Button>
        <Licences opened={listing} close={() => setListing(false)} />
        <Anchor component="button" size="sm" ml="auto" onClick={() => void act(shell("quit"))}>
          {t.quit}
        </Anchor>
      </Group>
    </Section>
  );
}

function hardening(texts: Texts, { file_system, privileges }: Hardening): string {
  const t = texts.settings.hardened;
  const confined = file_system.kind === "landlock" ? t.landlock(file_system.abi) : t[file_system.kind];
  return [confined, privileges === "not-handled" ? undefined : t.privileges[privileges]].filter(Boolean).join("; ");
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Stack gap={0}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="sm">{children}</Text>
    </Stack>
  );
}
