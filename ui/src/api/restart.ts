// Settings that hold only when sharing starts again. The engine tells so when they are changed, and not again: it is
// remembered here until sharing restarts.
import { useSyncExternalStore } from "react";
import type { Event } from "./generated";

/** What holds now, by the setting's key. */
const inForce = new Map<string, string>();
const listeners = new Set<() => void>();

function tell() {
  for (const listener of listeners) {
    listener();
  }
}

/** A setting that has to wait; one that was set back to what holds waits no more. */
export function waits(key: string, before: string, after: string) {
  const held = inForce.get(key) ?? before;
  if (held === after) {
    inForce.delete(key);
  } else {
    inForce.set(key, held);
  }
  tell();
}

export const restartPending = () => inForce.size > 0;

/** What the engine notes when sharing ends, and when it begins. */
export const ENDS = "sharing stopped";
export const BEGINS = "sharing started";

/** With sharing stopped nothing waits: the next start takes everything as it is. */
export function followRestarts(event: Event) {
  if (event.event === "activity" && event.kind === "server" && [ENDS, BEGINS].some((begin) => event.message.startsWith(begin))) {
    inForce.clear();
    tell();
  }
}

export function onRestarts(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Whether a setting waits for sharing to start again. */
export function useRestartPending(): boolean {
  return useSyncExternalStore(onRestarts, restartPending);
}
