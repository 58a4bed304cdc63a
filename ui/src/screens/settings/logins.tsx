// How one proves who one is, and how long that holds.
import { Group, Switch, Text } from "@mantine/core";
import type { Setting } from "../../api/generated";
import { useAct } from "../../api/queries";
import { useTexts } from "../../texts";
import { TextSetting } from "./fields";
import { Section } from "./section";
import { useSet, valueOf } from "./set";

export function LogIns({ settings }: { settings: Setting[] }) {
  const texts = useTexts();
  const t = texts.settings.logIns;
  const act = useAct();
  const set = useSet();
  return (
    <Section title={t.title}>
      <Switch
        label={t.passwords}
        description={t.passwordsAbout}
        checked={valueOf(settings, "sftp.passwords") !== "off"}
        onChange={({ currentTarget: { checked } }) => void act(set({ "sftp.passwords": checked ? "on" : "off" }))}
      />
      <Group grow align="flex-start">
        <TextSetting settings={settings} name="smb.session-lifetime" label={t.lifetime} about={t.lifetimeAbout} />
        <TextSetting settings={settings} name="smb.idle-timeout" label={t.smbIdle} about={t.smbIdleAbout} />
        <TextSetting settings={settings} name="sftp.idle-timeout" label={t.sftpIdle} about={t.sftpIdleAbout} />
      </Group>
      <TextSetting settings={settings} name="sftp.banner" label={t.banner} about={t.bannerAbout} />
      <Text size="xs" c="dimmed">
        {t.spans}
      </Text>
    </Section>
  );
}
