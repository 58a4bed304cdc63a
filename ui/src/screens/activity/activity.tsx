// What happened: searched and paged by the engine, so that a million rows are as quick as ten.
import { ActionIcon, Autocomplete, Badge, Box, Button, Group, MultiSelect, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowUp, IconDownload, IconFilterOff, IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { shell } from "../../api/bridge";
import type { ActivityKind, ActivitySearch, Protocol, StoredActivity } from "../../api/generated";
import { useAct, useCall } from "../../api/queries";
import { say } from "../../parts/notices";
import { count, moment } from "../../parts/format";
import { Page } from "../../parts/page";
import { Refused } from "../../parts/states";
import { useTexts, type Texts } from "../../texts";
import { KINDS, LOOK, nameBefore } from "./kinds";
import { usePages } from "./pages";

/** A million of them are just below the height that browsers can lay out, 2^25 pixels. */
const ROW = 33;
/** What the engine writes where someone gave no name. */
const NO_NAME = "(no name)";
type Period = "all" | "hour" | "day" | "week";
const PERIODS: Record<Exclude<Period, "all">, number> = { hour: 3600, day: 86_400, week: 7 * 86_400 };

export function Activity() {
  const texts = useTexts();
  const t = texts.activity;
  const act = useAct();
  const [text, setText] = useState("");
  const [kinds, setKinds] = useState<string[]>([]);
  const [user, setUser] = useState("");
  const [share, setShare] = useState<string | null>(null);
  const [protocol, setProtocol] = useState<string | null>(null);
  const [period, setPeriod] = useState<Period>("all");
  const [searched] = useDebouncedValue(text, 200);
  const [person] = useDebouncedValue(user.trim(), 200);
  const people = useCall("list-people").data ?? [];
  const shares = useCall("list-shares").data ?? [];
  const search = useMemo<ActivitySearch>(
    () => ({
      text: searched || undefined,
      kinds: kinds.length > 0 ? (kinds as ActivityKind[]) : undefined,
      user: person || undefined,
      share: share ?? undefined,
      protocol: (protocol as Protocol | null) ?? undefined,
      since: period === "all" ? undefined : new Date(Date.now() - PERIODS[period] * 1000).toISOString(),
    }),
    [searched, kinds, person, share, protocol, period],
  );
  const filtered = searched !== "" || kinds.length > 0 || user !== "" || share !== null || protocol !== null || period !== "all";
  const clear = () => {
    setText("");
    setKinds([]);
    setUser("");
    setShare(null);
    setProtocol(null);
    setPeriod("all");
  };
  const save = async () => {
    const saved = await act(shell("export-activity", search));
    if (saved?.done) {
      say(t.exported(saved.done));
    }
  };
  return (
    <Page
      fill
      title={texts.screens.activity}
      about={t.about}
      actions={
        <Button variant="default" leftSection={<IconDownload size={17} />} onClick={() => void save()}>
          {t.export}
        </Button>
      }
    >
      <Group gap="xs" mb="sm" wrap="wrap">
        <TextInput
          flex="1 1 150px"
          leftSection={<IconSearch size={16} />}
          placeholder={t.searched}
          aria-label={texts.search}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <MultiSelect
          flex="1 1 128px"
          maw={230}
          size="sm"
          placeholder={kinds.length === 0 ? t.anyKind : undefined}
          aria-label={t.kind}
          data={KINDS.map((kind) => ({ value: kind, label: t.kinds[kind] }))}
          value={kinds}
          onChange={setKinds}
          clearable
          comboboxProps={{ width: 220 }}
          styles={{ pillsList: { flexWrap: "nowrap", overflow: "hidden" } }}
        />
        {/* Any name: those who were removed are told of too. */}
        <Autocomplete w={150} clearable placeholder={t.anyone} aria-label={t.person} data={people.map((person) => person.name)} value={user} onChange={setUser} size="sm" />
        <Select w={150} clearable placeholder={t.anyShare} aria-label={t.share} data={shares.map((share) => share.name)} value={share} onChange={setShare} allowDeselect />
        <Select
          w={118}
          clearable
          placeholder={t.protocol}
          aria-label={t.protocol}
          data={[
            { value: "smb", label: "SMB" },
            { value: "sftp", label: "SFTP" },
          ]}
          value={protocol}
          onChange={setProtocol}
          allowDeselect
        />
        <Select
          w={118}
          aria-label={t.period}
          data={(["all", "hour", "day", "week"] as const).map((period) => ({ value: period, label: t.periods[period] }))}
          value={period}
          onChange={(period) => setPeriod((period ?? "all") as Period)}
        />
        <Tooltip label={t.clear}>
          <ActionIcon size="lg" aria-label={t.clear} disabled={!filtered} onClick={clear}>
            <IconFilterOff size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
      <Rows key={JSON.stringify(search)} search={search} filtered={filtered} />
    </Page>
  );
}

function Rows({ search, filtered }: { search: ActivitySearch; filtered: boolean }) {
  const texts = useTexts();
  const t = texts.activity;
  const { total, fresh, failed, retry, row, need, showFresh } = usePages(search);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total ?? 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index, items.at(-1)?.index];
  useEffect(() => {
    if (first !== undefined && last !== undefined) {
      need(first, last);
    }
  }, [first, last, need]);
  // Whoever looks at the newest sees newer ones come; further down, rows stay in place.
  useEffect(() => {
    if (fresh.count > 0 && (scroller.current?.scrollTop ?? 0) === 0) {
      showFresh();
    }
  }, [fresh.count, showFresh]);
  return (
    <>
      {failed !== undefined && (
        <Box mb="sm">
          <Refused error={failed.error} retry={retry} />
        </Box>
      )}
      <Group justify="space-between" mb={6} h={24}>
        <Text size="xs" c="dimmed" role="status">
          {total === undefined ? " " : total === 0 ? (filtered ? t.noMatches : t.nothing) : t.total(count(texts, total), total)}
        </Text>
        {fresh.count > 0 && (
          <Button
            size="compact-xs"
            variant="light"
            leftSection={<IconArrowUp size={14} />}
            onClick={() => {
              showFresh();
              virtual.scrollToOffset(0);
            }}
          >
            {t.fresh(`${count(texts, fresh.count)}${fresh.more ? "+" : ""}`)}
          </Button>
        )}
      </Group>
      <div
        className="happenings"
        ref={scroller}
        tabIndex={0}
        role="table"
        aria-label={texts.screens.activity}
        aria-rowcount={total ?? -1}
      >
        <div style={{ height: virtual.getTotalSize(), position: "relative", margin: "0 -26px" }} role="rowgroup">
          {items.map((item) => (
            <div key={item.key} className="happening" style={{ top: item.start }} role="row" aria-rowindex={item.index + 1}>
              <Happening record={row(item.index)} texts={texts} />
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

function Happening({ record, texts }: { record: StoredActivity | undefined; texts: Texts }) {
  if (record === undefined) {
    return <span role="cell" />;
  }
  const { icon: Icon, color } = LOOK[record.kind];
  const kind = texts.activity.kinds[record.kind];
  return (
    <>
      <span role="cell" className="numbers clip" style={{ color: "var(--quiet)", fontSize: 12.5 }}>
        {moment(texts, record.at)}
      </span>
      {/* Titles, not tooltips of our own: rows are made by the hundred while one scrolls. */}
      <span role="cell" title={kind}>
        <Icon size={17} stroke={1.7} color={color} role="img" aria-label={kind} style={{ display: "block" }} />
      </span>
      <span role="cell" className="clip selectable" title={record.path === null ? sentence(texts, record) : texts.engine(record.message)}>
        {record.path === null ? sentence(texts, record) : <Touched record={record} path={record.path} texts={texts} />}
        {record.count > 1 && <span style={{ color: "var(--quiet)" }}> · {texts.activity.timesInAMinute(record.count)}</span>}
      </span>
      <span role="cell" className="clip">
        {record.share !== null && (
          <Badge size="sm" color="gray">
            {record.share}
          </Badge>
        )}
      </span>
      <span role="cell" className="clip" style={{ color: "var(--quiet)", fontSize: 12.5 }}>
        {[record.user === NO_NAME ? texts.engine(NO_NAME) : record.user, record.protocol?.toUpperCase()].filter(Boolean).join(" · ")}
      </span>
    </>
  );
}

/** What was done with a file or folder. */
function Touched({ record, path, texts }: { record: StoredActivity; path: string; texts: Texts }) {
  const done = texts.activity.done[record.kind];
  const before = nameBefore(record);
  return (
    <>
      {done !== undefined && <span style={{ color: "var(--quiet)" }}>{done} </span>}
      {before !== undefined && `${before} → `}
      {path}
      {(record.kind === "access-refused" || record.kind === "unfinished") && <span style={{ color: "var(--quiet)" }}> – {texts.engine(record.message)}</span>}
    </>
  );
}

/** Log-ins are told in the user's language; the rest is as the engine wrote it down, said in their language. */
function sentence(texts: Texts, record: StoredActivity): string {
  const t = texts.activity;
  switch (record.kind) {
    case "logged-in":
      return t.loggedIn(record.user ?? texts.sessions.guest, record.address ?? "");
    case "log-in-refused":
      return record.address === null ? texts.engine(record.message) : t.refusedFrom(texts.engine(record.message), record.address);
    case "logged-out":
      return t.loggedOut(record.user ?? "");
    case "share-entered":
      return t.entered(record.user ?? "", record.share ?? "");
    default:
      return texts.engine(record.message);
  }
}
