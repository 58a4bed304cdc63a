// What is special about a share, as small badges.
import { Badge, Group } from "@mantine/core";
import { IconEyeOff, IconInbox, IconLock, IconPencilOff, IconUserQuestion, type Icon } from "@tabler/icons-react";
import type { Share } from "../../api/generated";
import { useTexts, type Texts } from "../../texts";

export function ShareBadges({ share, wrap = "nowrap" }: { share: Share; wrap?: "wrap" | "nowrap" }) {
  const texts = useTexts();
  return (
    <Group gap={4} wrap={wrap}>
      {marks(share, texts).map(({ icon: Icon, label }) => (
        <Badge key={label} size="sm" color="gray" leftSection={<Icon size={11} />}>
          {label}
        </Badge>
      ))}
    </Group>
  );
}

function marks(share: Share, texts: Texts): { icon: Icon; label: string }[] {
  const t = texts.shares.options;
  return [
    ...(share.read_only ? [{ icon: IconPencilOff, label: t.read_only.mark }] : []),
    ...(share.encrypt ? [{ icon: IconLock, label: t.encrypt.mark }] : []),
    ...(share.hidden ? [{ icon: IconEyeOff, label: t.hidden.mark }] : []),
    ...(share.upload_only ? [{ icon: IconInbox, label: t.upload_only.mark }] : []),
    ...(share.guest ? [{ icon: IconUserQuestion, label: t.guest.mark }] : []),
  ];
}
