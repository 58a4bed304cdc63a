// What is limited, how full it is, who takes the most of it, and how often more was refused.
import { Modal, Progress, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { call } from "../../api/bridge";
import type { AdminError, LimitKind, LimitUse } from "../../api/generated";
import { bytes, count } from "../../parts/format";
import { Loaded } from "../../parts/states";
import { useTexts, type Texts } from "../../texts";

/** No event tells of what is used: it is asked for while it is looked at. */
const EACH_MS = 2000;

const BYTES: LimitKind[] = ["watched-bytes", "waiting-bytes", "unsent-bytes"];

/** A figure of this kind. */
export function figure(texts: Texts, kind: LimitKind, value: number): string {
  return BYTES.includes(kind) ? bytes(texts, value) : count(texts, value);
}

/** How full it is in percent: in all, or for whoever uses the most of it. */
export function fullness({ used, most, each, fullest }: LimitUse): number {
  const share = (used: number, most: number) => (most > 0 ? Math.min(1, used / most) : 0);
  return Math.round(100 * Math.max(share(used, most), each === null || fullest === null ? 0 : share(fullest.used, each)));
}

export function Limits({ opened, close }: { opened: boolean; close: () => void }) {
  const texts = useTexts();
  return (
    <Modal opened={opened} onClose={close} title={texts.limits.show} size="xl" closeButtonProps={{ "aria-label": texts.close }}>
      <List />
    </Modal>
  );
}

function List() {
  const texts = useTexts();
  const t = texts.limits;
  const limits = useQuery<LimitUse[], AdminError>({
    queryKey: ["limits"],
    queryFn: async () => (await call("status")).limits,
    staleTime: 0,
    refetchInterval: EACH_MS,
  });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t.about}
      </Text>
      <Loaded query={limits} rows={6}>
        {(limits) =>
          limits.length === 0 ? (
            <Text size="sm">{t.none}</Text>
          ) : (
            <Table className="table" verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.what}</Table.Th>
                  <Table.Th>{t.inUse}</Table.Th>
                  <Table.Th>{t.fullest}</Table.Th>
                  <Table.Th>{t.refused}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {limits.map((limit) => (
                  <Limit key={limit.kind} limit={limit} />
                ))}
              </Table.Tbody>
            </Table>
          )
        }
      </Loaded>
    </Stack>
  );
}

function Limit({ limit }: { limit: LimitUse }) {
  const texts = useTexts();
  const t = texts.limits;
  const { kind, used, most, each, each_address: eachAddress, fullest, refused } = limit;
  const { name, about } = t.kinds[kind];
  const percent = fullness(limit);
  return (
    <Table.Tr>
      <Table.Td miw={190}>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {about}
        </Text>
      </Table.Td>
      <Table.Td miw={170} valign="top">
        <Text size="sm" className="numbers">
          {t.of(figure(texts, kind, used), figure(texts, kind, most))}
        </Text>
        {each !== null && (
          <Text size="xs" c="dimmed" className="numbers">
            {t.each(figure(texts, kind, each))}
          </Text>
        )}
        {eachAddress !== null && (
          <Text size="xs" c="dimmed" className="numbers">
            {t.eachAddress(figure(texts, kind, eachAddress))}
          </Text>
        )}
        <Progress mt={4} value={percent} size={4} color={percent > 95 ? "red" : percent > 80 ? "orange" : "sea"} aria-label={t.level(name, percent)} />
      </Table.Td>
      <Table.Td valign="top">
        {fullest !== null && (
          <>
            <Text size="sm" className="selectable" style={{ overflowWrap: "anywhere" }}>
              {fullest.who}
            </Text>
            <Text size="xs" c="dimmed" className="numbers">
              {figure(texts, kind, fullest.used)}
            </Text>
          </>
        )}
      </Table.Td>
      <Table.Td valign="top">
        <Text size="sm" c={refused > 0 ? "var(--mantine-color-error)" : "dimmed"} className="numbers">
          {refused === 0 ? t.never : t.times(count(texts, refused), refused)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
