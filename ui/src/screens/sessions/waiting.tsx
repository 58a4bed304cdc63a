// What is open for computers that lost their connection: they may come back and go on; until then it can be closed.
import { Button, Card, Stack, Text, Title } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "../../api/bridge";
import type { AdminError, WaitingFile } from "../../api/generated";
import { useAct } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { moment } from "../../parts/format";
import { useTexts } from "../../texts";
import { pathOf } from "./files";

/** No event tells that nobody came back in time. */
const EACH_MS = 5000;

export function Waiting() {
  const texts = useTexts();
  const t = texts.sessions;
  const waiting = useQuery<WaitingFile[], AdminError>({
    queryKey: ["list-waiting-files"],
    queryFn: () => call("list-waiting-files"),
    refetchInterval: EACH_MS,
  });
  if (waiting.data === undefined || waiting.data.length === 0) {
    return null;
  }
  return (
    <Card padding="md" mah="40%" flex="none" style={{ overflow: "auto" }}>
      <Title order={2} fz="md" px={4}>
        {t.waiting}
      </Title>
      <Text size="sm" c="dimmed" px={4} mb={4}>
        {t.waitingAbout}
      </Text>
      <div className="list">
        {waiting.data.map((waiting) => (
          <WaitingRow key={waiting.file.id} waiting={waiting} />
        ))}
      </div>
    </Card>
  );
}

function WaitingRow({ waiting: { file, user, since } }: { waiting: WaitingFile }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const client = useQueryClient();
  const path = pathOf(file);
  const run = async () => {
    await act(call("close-waiting-file", { id: file.id }), t.closedFile(path));
    await client.invalidateQueries({ queryKey: ["list-waiting-files"] });
  };
  const close = () => ask(texts, { title: t.closeFileTitle(path), text: t.closeFileText, confirm: t.closeFile, run: () => void run() });
  return (
    <div className="row">
      <IconPlugConnectedX size={17} stroke={1.6} style={{ flex: "none" }} />
      <Stack gap={0} flex={1} miw={0}>
        <Text size="sm" truncate className="selectable">
          {path}
        </Text>
        <Text size="xs" c="dimmed">
          {[user, t.awaySince(moment(texts, since)), file.writes ? t.writes : t.reads].join(" · ")}
        </Text>
      </Stack>
      <Button size="compact-sm" variant="default" aria-label={`${t.closeFile}: ${path}`} onClick={close}>
        {t.closeFile}
      </Button>
    </div>
  );
}
