// File content carried in the last five minutes, drawn from the engine's counters.
import { Group, Stack, Text, Title } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useCall } from "../../api/queries";
import { rate } from "../../parts/format";
import { useTexts } from "../../texts";
import { line, niceTop, seconds } from "./graph";

const HEIGHT = 120;

export function Throughput() {
  const texts = useTexts();
  const t = texts.home;
  const samples = useCall("list-traffic").data ?? [];
  const now = useSecond();
  const { ref, width } = useElementSize();
  const values = seconds(samples, now);
  const latest = values.at(-2) ?? { in: 0, out: 0 };
  const top = niceTop(Math.max(...values.map((value) => Math.max(value.in, value.out))));
  const wide = Math.max(width, 1);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Title order={2} fz="md">
          {t.throughput}
        </Title>
        <Group gap="lg" className="numbers">
          <Figure color="var(--in)" label={t.in} value={rate(texts, latest.in)} />
          <Figure color="var(--out)" label={t.out} value={rate(texts, latest.out)} />
        </Group>
      </Group>
      <div ref={ref} style={{ position: "relative" }}>
        <svg
          width="100%"
          height={HEIGHT}
          viewBox={`0 0 ${wide} ${HEIGHT}`}
          role="img"
          aria-label={t.graph(rate(texts, latest.in), rate(texts, latest.out))}
        >
          {[0, 0.5, 1].map((part) => (
            <line key={part} x1={0} x2={wide} y1={1 + part * (HEIGHT - 2)} y2={1 + part * (HEIGHT - 2)} stroke="var(--line)" />
          ))}
          <Series values={values.map((value) => value.out)} top={top} width={wide} color="var(--out)" />
          <Series values={values.map((value) => value.in)} top={top} width={wide} color="var(--in)" />
        </svg>
        <Text size="xs" c="dimmed" pos="absolute" top={4} left={2} className="numbers">
          {rate(texts, top)}
        </Text>
      </div>
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {t.fiveMinutes}
        </Text>
        <Text size="xs" c="dimmed">
          {t.now}
        </Text>
      </Group>
    </Stack>
  );
}

function Figure({ color, label, value }: { color: string; label: string; value: string }) {
  return (
    <Group gap={6} wrap="nowrap">
      <span className="dot" style={{ background: color }} />
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="sm" fw={600} miw={76} ta="right">
        {value}
      </Text>
    </Group>
  );
}

function Series({ values, top, width, color }: { values: number[]; top: number; width: number; color: string }) {
  const path = line(values, top, width, HEIGHT);
  return (
    <>
      <path d={`${path}L${width} ${HEIGHT}L0 ${HEIGHT}Z`} fill={color} fillOpacity={0.12} />
      <path d={path} fill="none" stroke={color} strokeWidth={1.6} strokeLinejoin="round" />
    </>
  );
}

/** The time, each second: the graph moves on while nothing happens. */
function useSecond() {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

