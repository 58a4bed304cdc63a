// How well SMB protects, in levels, and whether the oldest dialects are spoken.
import { Group, Radio, Stack, Switch, Text } from "@mantine/core";
import type { Setting } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { useTexts } from "../../texts";
import { levelOf, PRESETS, usersOfSmb2, type Level } from "./presets";
import { Section } from "./section";
import { useSet, valueOf } from "./set";

export function Security({ settings }: { settings: Setting[] }) {
  const texts = useTexts();
  const t = texts.settings;
  const act = useAct();
  const set = useSet();
  const level = levelOf((key) => valueOf(settings, key));
  return (
    <Section title={t.security} about={t.securityAbout}>
      <Radio.Group value={level} onChange={(level) => void act(set(PRESETS[level as Exclude<Level, "own">]))} aria-label={t.security}>
        <Stack gap="xs">
          {(["strict", "standard", "old"] as const).map((name) => (
            <Radio.Card key={name} value={name} p="sm" radius="md" aria-label={t.levels[name].name}>
              <Group wrap="nowrap" align="flex-start" gap="sm">
                <Radio.Indicator mt={2} />
                <Stack gap={0}>
                  <Text size="sm" fw={550}>
                    {t.levels[name].name}
                  </Text>
                  <Text size="sm" c="dimmed">
                    {t.levels[name].about}
                  </Text>
                </Stack>
              </Group>
            </Radio.Card>
          ))}
        </Stack>
      </Radio.Group>
      {level === "own" && (
        <Text size="sm" c="dimmed">
          {t.ownLevel}
        </Text>
      )}
      <Smb2 settings={settings} />
    </Section>
  );
}

/** The one switch that ends SMB 2, and who would be cut off by it. */
function Smb2({ settings }: { settings: Setting[] }) {
  const texts = useTexts();
  const t = texts.settings.smb2;
  const act = useAct();
  const set = useSet();
  const users = usersOfSmb2(useCall("status").data?.old_dialects ?? []);
  const accepted = valueOf(settings, "smb.min-dialect").startsWith("2");
  const turn = (on: boolean) => void act(set({ "smb.min-dialect": on ? "" : "3.0" }));
  return (
    <Stack gap={4}>
      <Switch
        label={t.accept}
        description={t.about}
        checked={accepted}
        onChange={({ currentTarget: { checked } }) => {
          if (checked || users.length === 0) {
            turn(checked);
          } else {
            ask(texts, { title: t.endTitle, text: t.endText(users.join(", ")), confirm: t.end, run: () => turn(false) });
          }
        }}
      />
      {accepted && (
        <Text size="xs" c="dimmed" className="selectable">
          {users.length === 0 ? t.nobody : t.users(users.join(", "))}
        </Text>
      )}
    </Stack>
  );
}
