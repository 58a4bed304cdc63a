// Bytes a second of each session, from one look at the counters to the next.
import { useRef } from "react";
import type { SessionInfo } from "../../api/generated";

export interface Rate {
  in: number;
  out: number;
}

interface Look {
  at: number;
  sessions: Map<number, SessionInfo>;
  rates: Map<number, Rate>;
}

/** Looks that follow each other faster say little: they are taken together. */
const LEAST_MS = 700;

export function ratesOf(before: Look | undefined, sessions: SessionInfo[], at: number): Look {
  const now = new Map(sessions.map((session) => [session.id, session]));
  if (before === undefined) {
    return { at, sessions: now, rates: new Map() };
  }
  const elapsed = (at - before.at) / 1000;
  if (elapsed * 1000 < LEAST_MS) {
    return before;
  }
  const rates = new Map<number, Rate>();
  for (const session of sessions) {
    const earlier = before.sessions.get(session.id);
    rates.set(session.id, {
      in: Math.max(0, (session.bytes_in - (earlier?.bytes_in ?? 0)) / elapsed),
      out: Math.max(0, (session.bytes_out - (earlier?.bytes_out ?? 0)) / elapsed),
    });
  }
  return { at, sessions: now, rates };
}

export function useRates(sessions: SessionInfo[] | undefined, fetched: number): Map<number, Rate> {
  const look = useRef<Look>(undefined);
  if (sessions !== undefined && look.current?.at !== fetched) {
    look.current = ratesOf(look.current, sessions, fetched);
  }
  return look.current?.rates ?? new Map();
}

/** The address without its port. */
export function addressOf(socket: string): string {
  return socket.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1").replace(/^::ffff:(?=\d+\.)/, "");
}
