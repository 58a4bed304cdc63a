// The heading of one thing of many: its name, however long, and the way back to the list.
import { ActionIcon, Group } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTexts } from "../texts";

interface BackTitleProps {
  href: string;
  name: string;
  /** What stands beside the name, or below where there is no room. */
  children?: ReactNode;
}

export function BackTitle({ href, name, children }: BackTitleProps) {
  const texts = useTexts();
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <ActionIcon component="a" href={href} aria-label={texts.back} size="lg" flex="none">
        <IconChevronLeft size={20} />
      </ActionIcon>
      <Group gap="4px 8px" flex={1} miw={0} mih={34}>
        <span className="two-lines" title={name}>
          {name}
        </span>
        {children}
      </Group>
    </Group>
  );
}
