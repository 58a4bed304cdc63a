// That this version has become old. By the day on which it was built: nobody is asked over the network.
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconCalendarExclamation } from "@tabler/icons-react";
import { useAbout, usePreferences, useSetPreferences } from "../../api/queries";
import { say } from "../../parts/notices";
import { useTexts } from "../../texts";

const MONTH_MS = (365.25 / 12) * 86_400_000;
/** From so many on a version is old. */
const OLD = 6;

/** How many months old a build is, once that is too many. A clock that is wrong tells nothing. */
export function oldMonths(built: string, now: number): number | undefined {
  const months = Math.floor((now - Date.parse(built)) / MONTH_MS);
  return months >= OLD ? months : undefined;
}

export function Age() {
  const texts = useTexts();
  const t = texts.home.age;
  const about = useAbout().data;
  const preferences = usePreferences().data;
  const set = useSetPreferences();
  const months = about && oldMonths(about.built, Date.now());
  if (months === undefined || preferences?.notify_age !== true) {
    return null;
  }
  return (
    <Alert color="orange" icon={<IconCalendarExclamation size={18} />} title={t.title(months)} py="xs">
      <Text size="sm">{t.text}</Text>
      <Group justify="flex-end" mt={4}>
        <Button size="compact-sm" variant="default" onClick={() => void set({ notify_age: false }).then(() => say(t.off))}>
          {t.never}
        </Button>
      </Group>
    </Alert>
  );
}
