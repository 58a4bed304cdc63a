// Who is connected, how well protected, and what they carry; ending and blocking.
import { Button, Card, Stack, Text, Title } from "@mantine/core";
import { IconBan, IconPlugConnected } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { call } from "../../api/bridge";
import { useAct, useCall } from "../../api/queries";
import { moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { Loaded, Nothing } from "../../parts/states";
import { useTexts } from "../../texts";
import { SessionList } from "./list";
import { useRates } from "./rates";

export function Sessions() {
  const texts = useTexts();
  const t = texts.sessions;
  const sessions = useCall("list-sessions");
  const rates = useRates(sessions.data, sessions.dataUpdatedAt);
  const age = useAge(sessions.dataUpdatedAt);
  return (
    <Page fill title={texts.screens.sessions} about={t.about}>
      <Stack flex={1} mih={0} pb="lg">
        <Card padding={0} mah="100%" className="filled">
          <Loaded query={sessions}>
            {(sessions) =>
              sessions.length === 0 ? (
                <Nothing icon={IconPlugConnected} title={texts.home.nobody}>
                  {texts.home.nobodyAbout}
                </Nothing>
              ) : (
                <SessionList sessions={sessions} rates={rates} age={age} />
              )
            }
          </Loaded>
        </Card>
        <Blocks />
      </Stack>
    </Page>
  );
}

function Blocks() {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const blocks = useCall("list-blocks").data ?? [];
  if (blocks.length === 0) {
    return null;
  }
  return (
    <Card padding="md" mah="35%" style={{ overflow: "auto", flex: "none" }}>
      <Title order={2} fz="md" mb={4} px={4}>
        {t.blocks}
      </Title>
      <div className="list">
        {blocks.map((block) => (
          <div className="row" key={block.address}>
            <IconBan size={17} color="var(--mantine-color-red-6)" />
            <Text size="sm" className="selectable">
              {block.address}
            </Text>
            <Text size="xs" c="dimmed" flex={1}>
              {block.until === null ? t.forGood : t.until(moment(texts, block.until))}
            </Text>
            <Button size="compact-sm" variant="default" onClick={() => void act(call("unblock-address", { address: block.address }))}>
              {t.unblock}
            </Button>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** Seconds since the list was fetched: idle times go on by themselves. */
function useAge(fetched: number) {
  const [now, setNow] = useState(Date.now);
  const latest = useRef(fetched);
  latest.current = fetched;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.round((now - latest.current) / 1000));
}
