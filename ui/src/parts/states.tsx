// What stands in for content: while it loads, when there is none, when it can't be had.
import { Alert, Button, Skeleton, Stack, Text, ThemeIcon } from "@mantine/core";
import { IconAlertTriangle, type Icon } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asAdminError } from "../api/bridge";
import { useTexts } from "../texts";
import { windowHint } from "./hints";

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <Stack gap="sm" aria-hidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={38} radius="md" />
      ))}
    </Stack>
  );
}

export function Nothing({ icon: Icon, title, children, action }: { icon: Icon; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Stack align="center" gap="sm" py={44} px="lg" ta="center">
      <ThemeIcon size={52} radius="xl" variant="light">
        <Icon size={26} stroke={1.6} />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      {children !== undefined && (
        <Text c="dimmed" size="sm" maw={420}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}

export function Refused({ error, retry }: { error: unknown; retry?: () => void }) {
  const texts = useTexts();
  const refused = asAdminError(error);
  const hint = windowHint(texts, refused.hint);
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={refused.code === undefined ? texts.failed : texts.errors[refused.code]}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{texts.engine(refused.message)}</Text>
        {hint !== "" && <Text size="sm">{hint}</Text>}
        {retry !== undefined && (
          <Button size="compact-sm" variant="light" color="red" onClick={retry}>
            {texts.tryAgain}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** The content of a query, or what stands in for it. */
export function Loaded<T>({ query, rows, children }: { query: UseQueryResult<T, unknown>; rows?: number; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) {
    return children(query.data);
  }
  return query.isError ? <Refused error={query.error} retry={() => void query.refetch()} /> : <Loading rows={rows} />;
}
