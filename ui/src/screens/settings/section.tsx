// A part of the settings, with its title and what it is about.
import { Card, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

export function Section({ title, about, children }: { title: string; about?: string; children: ReactNode }) {
  return (
    <Card>
      <Stack gap="md">
        <Stack gap={0}>
          <Title order={2}>{title}</Title>
          {about !== undefined && (
            <Text size="sm" c="dimmed">
              {about}
            </Text>
          )}
        </Stack>
        {children}
      </Stack>
    </Card>
  );
}
