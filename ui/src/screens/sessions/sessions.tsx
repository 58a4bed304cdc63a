// Who is connected, how well protected, and what they carry; ending and blocking.
import { Button, Card, Stack } from "@mantine/core";
import { IconGauge, IconPlugConnected } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useCall } from "../../api/queries";
import { Page } from "../../parts/page";
import { Loaded, Nothing } from "../../parts/states";
import { useTexts } from "../../texts";
import { KeptOut } from "./keptout";
import { Limits } from "./limits";
import { SessionList } from "./list";
import { useRates } from "./rates";
import { Waiting } from "./waiting";

export function Sessions() {
  const texts = useTexts();
  const t = texts.sessions;
  const sessions = useCall("list-sessions");
  const rates = useRates(sessions.data, sessions.dataUpdatedAt);
  const age = useAge(sessions.dataUpdatedAt);
  const [limits, setLimits] = useState(false);
  return (
    <Page
      fill
      title={texts.screens.sessions}
      about={t.about}
      actions={
        <Button variant="default" leftSection={<IconGauge size={17} />} onClick={() => setLimits(true)}>
          {texts.limits.show}
        </Button>
      }
    >
      <Limits opened={limits} close={() => setLimits(false)} />
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
        <Waiting />
        <KeptOut />
      </Stack>
    </Page>
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
