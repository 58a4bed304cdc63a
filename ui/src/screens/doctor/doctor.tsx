// One button that looks at everything that keeps clients out, with a fix for each.
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled, IconCopy, IconStethoscope, type Icon } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { call } from "../../api/bridge";
import type { Check, Outcome } from "../../api/generated";
import { useAct } from "../../api/queries";
import { useCopy } from "../../parts/copy";
import { Page } from "../../parts/page";
import { Loading } from "../../parts/states";
import { useTexts } from "../../texts";
import { asText, sentence, worstFirst } from "./sentences";

const LOOK: Record<Outcome, { icon: Icon; color: string }> = {
  pass: { icon: IconCircleCheckFilled, color: "#2b8a3e" },
  warn: { icon: IconAlertTriangleFilled, color: "#e67700" },
  fail: { icon: IconCircleXFilled, color: "#e03131" },
};

export function Doctor() {
  const texts = useTexts();
  const t = texts.doctor;
  const act = useAct();
  const { copied, copy } = useCopy();
  const [checks, setChecks] = useState<Check[]>();
  const [busy, setBusy] = useState(false);
  const examine = async () => {
    setBusy(true);
    const examined = await act(call("examine"));
    setChecks(examined?.done);
    setBusy(false);
  };
  useEffect(() => void examine(), []);
  const bad = checks?.filter((check) => check.outcome !== "pass").length ?? 0;
  return (
    <Page
      title={texts.screens.doctor}
      about={t.about}
      actions={
        <>
          <Button variant="default" leftSection={<IconCopy size={17} />} disabled={checks === undefined} onClick={() => void copy(asText(texts, checks ?? []))}>
            {copied ? texts.copied : t.copy}
          </Button>
          <Button leftSection={<IconStethoscope size={17} />} loading={busy} onClick={() => void examine()}>
            {t.examine}
          </Button>
        </>
      }
    >
      <Card padding="md">
        {checks === undefined ? (
          <Loading rows={8} />
        ) : (
          <Stack gap={4}>
            <div role="status">
              <Title order={2} px={12} pt={4}>
                {bad === 0 ? t.allWell : t.found(bad)}
              </Title>
            </div>
            <div className="list">
              {worstFirst(checks).map((check, at) => {
                const { icon: Icon, color } = LOOK[check.outcome];
                const { text, fix } = sentence(texts, check);
                return (
                  <Group key={at} className="row" wrap="nowrap" align="flex-start">
                    <Icon size={20} color={color} role="img" aria-label={t.outcomes[check.outcome]} style={{ flex: "none" }} />
                    <Stack gap={0} flex={1} miw={0}>
                      <Text size="sm" fw={check.outcome === "pass" ? 400 : 550} className="selectable" style={{ overflowWrap: "anywhere" }}>
                        {text}
                      </Text>
                      {fix !== undefined && (
                        <Text size="sm" c="dimmed" className="selectable">
                          {fix}
                        </Text>
                      )}
                    </Stack>
                  </Group>
                );
              })}
            </div>
          </Stack>
        )}
      </Card>
    </Page>
  );
}
