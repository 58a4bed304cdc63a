// The frame of a screen: heading, a line about it, actions, content.
import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface PageProps {
  title: ReactNode;
  about?: ReactNode;
  actions?: ReactNode;
  /** Fills the window's height; the content scrolls by itself. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, about, actions, fill = false, children }: PageProps) {
  return (
    <div className="page" data-fill={fill || undefined}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" mb="lg" gap="md">
        <Stack gap={2} miw={0}>
          <Title order={1}>{title}</Title>
          {about !== undefined && (
            <Text c="dimmed" size="sm">
              {about}
            </Text>
          )}
        </Stack>
        {actions !== undefined && (
          <Group gap="xs" wrap="nowrap" flex="none">
            {actions}
          </Group>
        )}
      </Group>
      {children}
    </div>
  );
}
