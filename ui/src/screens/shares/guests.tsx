// Why guests, who are admitted to a share, would still be turned away.
import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import type { Share } from "../../api/generated";
import { useCall } from "../../api/queries";
import { useTexts } from "../../texts";

export type Obstacle = "nothing" | "security" | "encryption";

/** Guests may do what everyone else may, and have no key to encrypt with. */
export function obstaclesOf(share: Pick<Share, "guest" | "default" | "encrypt">, mustEncrypt: boolean): Obstacle[] {
  if (!share.guest) {
    return [];
  }
  return [
    ...(share.default === "none" ? (["nothing"] as const) : []),
    ...(mustEncrypt ? (["security"] as const) : share.encrypt ? (["encryption"] as const) : []),
  ];
}

export function GuestObstacles({ share, admit }: { share: Share; admit: () => void }) {
  const texts = useTexts();
  const t = texts.shares.guests;
  const settings = useCall("list-settings").data ?? [];
  const obstacles = obstaclesOf(share, settings.some((setting) => setting.key === "smb.encryption" && setting.value === "required"));
  if (obstacles.length === 0) {
    return null;
  }
  return (
    <Alert color="orange" py="xs" mt={-8}>
      <Stack gap="xs">
        {obstacles.map((obstacle) => (
          <Group key={obstacle} justify="space-between" wrap="nowrap" gap="sm">
            <Text size="sm">{t[obstacle]}</Text>
            {obstacle === "nothing" && (
              <Button size="compact-sm" variant="default" flex="none" onClick={admit}>
                {t.admit(texts.levels.read.name)}
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Alert>
  );
}
