// The sessions in rows, of which only those in view are made: hundreds change every second.
import { ActionIcon, Badge, Group, Menu, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconBan, IconDots, IconLock, IconLockOpen, IconPlugConnectedX, IconShieldCheck, IconShieldX, type Icon } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useRef, useState } from "react";
import { call } from "../../api/bridge";
import type { SessionInfo } from "../../api/generated";
import { useAct } from "../../api/queries";
import { ask } from "../../parts/confirm";
import { bytes, count, moment, rate, span } from "../../parts/format";
import { useTexts } from "../../texts";
import { OpenFiles } from "./files";
import { addressOf, type Rate } from "./rates";

const ROW = 54;
const QUARTER_HOUR = 15 * 60;
const WORRY = "var(--mantine-color-orange-6)";

interface SessionListProps {
  sessions: SessionInfo[];
  rates: Map<number, Rate>;
  /** Seconds since the list was fetched. */
  age: number;
}

export function SessionList({ sessions, rates, age }: SessionListProps) {
  const texts = useTexts();
  const t = texts.sessions;
  const scroller = useRef<HTMLDivElement>(null);
  const [listed, setListed] = useState<number>();
  const virtual = useVirtualizer({
    count: sessions.length,
    getScrollElement: () => scroller.current,
    getItemKey: (at) => sessions[at]?.id ?? at,
    estimateSize: () => ROW,
    overscan: 6,
  });
  const shown = sessions.find((session) => session.id === listed);
  return (
    <div className="visitors" ref={scroller} tabIndex={0} role="table" aria-label={texts.screens.sessions} aria-rowcount={sessions.length + 1}>
      <div role="rowgroup" className="visitors-head">
        <div role="row" className="visitor" aria-rowindex={1}>
          <span role="columnheader">{t.person}</span>
          <span role="columnheader">{t.protection}</span>
          <span role="columnheader">{t.share}</span>
          <span role="columnheader">{t.open}</span>
          <span role="columnheader">{t.in}</span>
          <span role="columnheader">{t.out}</span>
          <span role="columnheader">{t.since}</span>
          <span role="columnheader">
            <VisuallyHidden>{texts.more}</VisuallyHidden>
          </span>
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const session = sessions[index];
          if (session === undefined) {
            return null;
          }
          const { in: rateIn = 0, out: rateOut = 0 } = rates.get(session.id) ?? {};
          return (
            <div key={key} className="visitor" role="row" aria-rowindex={index + 2} style={{ position: "absolute", top: start, height: ROW }}>
              <SessionRow session={session} rateIn={rateIn} rateOut={rateOut} age={age} list={setListed} />
            </div>
          );
        })}
      </div>
      {shown !== undefined && <OpenFiles session={shown} close={() => setListed(undefined)} />}
    </div>
  );
}

interface SessionRowProps {
  session: SessionInfo;
  rateIn: number;
  rateOut: number;
  age: number;
  list: (session: number) => void;
}

const SessionRow = memo(function SessionRow({ session, rateIn, rateOut, age, list }: SessionRowProps) {
  const texts = useTexts();
  const t = texts.sessions;
  const address = addressOf(session.address);
  const idle = session.idle_seconds + age;
  const [acting, setActing] = useState(false);
  return (
    <>
      <div role="cell">
        <Group gap={6} wrap="nowrap">
          <Text size="sm" fw={550} truncate maw={150}>
            {session.user}
          </Text>
          {session.user_id === null && (
            <Badge size="xs" color="orange">
              {t.guest}
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed" className="selectable" truncate title={session.client ?? undefined}>
          {[address, session.client].filter(Boolean).join(" · ")}
        </Text>
      </div>
      <div role="cell">
        <Group gap={6} wrap="nowrap">
          <Text size="sm">{session.protocol === "smb" ? `SMB ${session.dialect}` : session.dialect}</Text>
          {/* Titles and a menu made when it is wanted: rows are made by the dozen while one scrolls. */}
          <Mark icon={session.signing === null ? IconShieldX : IconShieldCheck} color={session.signing === null ? WORRY : "var(--in)"} label={session.signing === null ? t.unsigned : t.signed(session.signing)} />
          <Mark icon={session.cipher === null ? IconLockOpen : IconLock} color={session.cipher === null ? "var(--quiet)" : "var(--in)"} label={session.cipher === null ? t.unencrypted : t.encrypted(session.cipher)} />
        </Group>
        <Text size="xs" c="dimmed">
          {texts.engine(session.authentication)}
        </Text>
      </div>
      <div role="cell">
        <Text size="sm" truncate maw={140}>
          {session.shares.join(", ")}
        </Text>
      </div>
      <div role="cell" className="numbers">
        <UnstyledButton fz="sm" td="underline" aria-label={t.showFiles(session.open_files)} onClick={() => list(session.id)}>
          {count(texts, session.open_files)}
        </UnstyledButton>
      </div>
      <Carried rate={rateIn} total={session.bytes_in} />
      <Carried rate={rateOut} total={session.bytes_out} />
      <div role="cell" className="numbers">
        <Text size="sm">{moment(texts, session.since)}</Text>
        <Text size="xs" c="dimmed">
          {idle < 5 ? t.active : t.idle(span(texts, idle))}
        </Text>
      </div>
      <div role="cell">
        {acting ? (
          <Actions session={session} />
        ) : (
          <ActionIcon aria-label={t.actions(session.user)} aria-haspopup="menu" onClick={() => setActing(true)}>
            <IconDots size={18} />
          </ActionIcon>
        )}
      </div>
    </>
  );
});

/** What can be done about a session; opens at once. */
function Actions({ session }: { session: SessionInfo }) {
  const texts = useTexts();
  const t = texts.sessions;
  const act = useAct();
  const address = addressOf(session.address);
  // Mantine's menu knows where to give the focus back only from its second opening on.
  const target = useRef<HTMLButtonElement>(null);
  const disconnect = () => {
    const run = () => void act(call("close-session", { id: session.id }), t.disconnected(session.user));
    if (session.open_files > 0) {
      ask(texts, { title: t.disconnectTitle(session.user), text: t.disconnectText(session.open_files), confirm: t.disconnect, run });
    } else {
      run();
    }
  };
  const block = (seconds: number | null) => void act(call("block-address", { address, seconds }), t.blocked(address), () => call("unblock-address", { address }));
  return (
    <Menu defaultOpened returnFocus={false} onClose={() => setTimeout(() => target.current?.focus({ preventScroll: true }))}>
      <Menu.Target>
        <ActionIcon ref={target} aria-label={t.actions(session.user)}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPlugConnectedX size={16} />} onClick={disconnect}>
          {t.disconnect}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconBan size={16} />} onClick={() => block(QUARTER_HOUR)}>
          {t.blockFor(address)}
        </Menu.Item>
        <Menu.Item leftSection={<IconBan size={16} />} color="red" onClick={() => block(null)}>
          {t.block(address)}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Mark({ icon: Icon, color, label }: { icon: Icon; color: string; label: string }) {
  return (
    <span title={label} style={{ lineHeight: 0 }}>
      <Icon size={17} color={color} role="img" aria-label={label} />
    </span>
  );
}

function Carried({ rate: perSecond, total }: { rate: number; total: number }) {
  const texts = useTexts();
  return (
    <div role="cell" className="numbers">
      <Text size="sm" c={perSecond > 0 ? undefined : "dimmed"}>
        {rate(texts, perSecond)}
      </Text>
      <Text size="xs" c="dimmed">
        {bytes(texts, total)}
      </Text>
    </div>
  );
}
