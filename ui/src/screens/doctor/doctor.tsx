// One button that looks at everything that keeps clients out, with a fix for each.
import { Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangleFilled, IconCircleCheckFilled, IconCircleXFilled, IconCopy, IconStethoscope, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/bridge";
import type { AdminError, Check, Outcome } from "../../api/generated";
import { useCopy } from "../../parts/copy";
import { moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { Loading, Nothing, Refused } from "../../parts/states";
import { useTexts } from "../../texts";
import { asText, sentence, worstFirst } from "./sentences";

const LOOK: Record<Outcome, { icon: Icon; color: string }> = {
  pass: { icon: IconCircleCheckFilled, color: "#2b8a3e" },
  warn: { icon: IconAlertTriangleFilled, color: "#e67700" },
  fail: { icon: IconCircleXFilled, color: "#e03131" },
};

/** What was found last, for as long as the window is there; it is looked for on demand only. */
function useExamination() {
  return useQuery<Check[], AdminError>({ queryKey: ["examine"], queryFn: () => call("examine"), enabled: false, gcTime: Number.POSITIVE_INFINITY });
}

export function Doctor() {
  const texts = useTexts();
  const t = texts.doctor;
  const { copied, copy } = useCopy();
  const examination = useExamination();
  const checks = examination.data;
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
          <Button leftSection={<IconStethoscope size={17} />} loading={examination.isFetching} onClick={() => void examination.refetch()}>
            {t.examine}
          </Button>
        </>
      }
    >
      <Card padding="md">
        {examination.isError && <Refused error={examination.error} />}
        {checks === undefined ? (
          examination.isFetching ? (
            <Loading rows={8} />
          ) : (
            <Nothing icon={IconStethoscope} title={t.notYet}>
              {t.notYetAbout}
            </Nothing>
          )
        ) : (
          <Stack gap={4}>
            <div role="status">
              <Title order={2} px={12} pt={4}>
                {bad === 0 ? t.allWell : t.found(bad)}
              </Title>
              <Text size="xs" c="dimmed" px={12}>
                {t.examined(moment(texts, new Date(examination.dataUpdatedAt).toISOString()))}
              </Text>
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
