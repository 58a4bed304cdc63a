// What happens in the engine makes what is shown out of date: each event names the queries it concerns.
import { listen, type UnlistenFn } from "@tauri-apps/api/event";
import type { QueryClient } from "@tanstack/react-query";
import type { CallName } from "./bridge";
import { OF_DISKS } from "./queries";
import type { ActivityKind, Event, ShellEvent, TrafficSample } from "./generated";
import { followRestarts } from "./restart";

const CONFIGURATION: CallName[] = [
  "list-people",
  "list-groups",
  "list-shares",
  "list-grants",
  "access",
  "share-access",
  "list-keys",
  "list-settings",
  "list-space",
  "list-lock-outs",
  "list-blocks",
  "status",
];

/** The queries that an event makes out of date. */
export function outdated(event: Event): CallName[] {
  switch (event.event) {
    case "configuration-changed":
      return CONFIGURATION;
    case "listeners-changed":
      return ["status", "list-sessions"];
    case "session-opened":
      return ["list-sessions", "status", "list-people", "list-waiting-files"];
    case "session-closed":
      return ["list-sessions", "status", "list-waiting-files"];
    case "traffic":
    case "sessions-active":
      return ["list-sessions", "list-open-files"];
    case "refusals-counted":
      return touched("log-in-refused");
    case "activity":
      return ["find-activity", "list-sessions", "list-open-files", ...touched(event.kind)];
  }
}

/** What else a record of this kind tells of. */
function touched(kind: ActivityKind): CallName[] {
  switch (kind) {
    case "administered":
      // Not every change is one of the configuration: a lock-out that was ended is none.
      return CONFIGURATION;
    case "log-in-refused":
      return ["list-people", "list-lock-outs", "status"];
    case "file-written":
    case "unfinished":
    case "removed":
      return ["list-space"];
    default:
      return [];
  }
}

/** Five minutes, as many as the engine keeps. */
const SAMPLES = 300;

export function withSample(samples: TrafficSample[], sample: TrafficSample): TrafficSample[] {
  return [...samples, sample].slice(-SAMPLES);
}

/** Refreshes in bursts: a thousand events a second are one refresh of what is on screen. */
const GATHER_MS = 200;
/** What is long and changes with every transfer is looked at once a second. */
const EACH_SECOND = new Set<CallName>(["list-sessions", "list-open-files", "list-space", "find-activity"]);
const SECOND_MS = 1000;

/** Which of the pending queries are due, and when the next will be. */
export function due(pending: Set<CallName>, refreshed: Map<CallName, number>, now: number): { names: CallName[]; wait?: number } {
  const waits = [...pending].map((name) => ({ name, wait: EACH_SECOND.has(name) ? (refreshed.get(name) ?? -SECOND_MS) + SECOND_MS - now : 0 }));
  const names = waits.filter(({ wait }) => wait <= 0).map(({ name }) => name);
  const later = waits.filter(({ wait }) => wait > 0).map(({ wait }) => wait);
  return later.length === 0 ? { names } : { names, wait: Math.min(...later) };
}

export async function followEngine(client: QueryClient): Promise<UnlistenFn> {
  const pending = new Set<CallName>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refreshed = new Map<CallName, number>();
  const refresh = () => {
    timer = undefined;
    if (document.hidden) {
      // Nobody looks: what is out of date is fetched when the window is shown again.
      return;
    }
    const now = performance.now();
    const { names, wait } = due(pending, refreshed, now);
    for (const name of names) {
      pending.delete(name);
      refreshed.set(name, now);
      void client.invalidateQueries({ queryKey: [name] });
    }
    if (wait !== undefined) {
      // Sooner, when something else becomes due meanwhile.
      timer = setTimeout(refresh, Math.min(wait, GATHER_MS));
    }
  };
  const later = (names: CallName[]) => {
    for (const name of names) {
      pending.add(name);
    }
    timer ??= setTimeout(refresh, GATHER_MS);
  };
  const looked = () => later([...OF_DISKS]);
  document.addEventListener("visibilitychange", looked);
  const happened = await listen<Event>("engine", ({ payload }) => {
    if (payload.event === "traffic") {
      client.setQueryData<TrafficSample[]>(["list-traffic", {}], (old) => old && withSample(old, payload));
    }
    followRestarts(payload);
    later(outdated(payload));
  });
  const lost = await listen("engine-lost", () => void client.invalidateQueries());
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", looked);
    happened();
    lost();
  };
}

export function followShell(on: (event: ShellEvent) => void): Promise<UnlistenFn> {
  return listen<ShellEvent>("shell", ({ payload }) => on(payload));
}
