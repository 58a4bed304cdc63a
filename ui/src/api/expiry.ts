// What ends by itself: no event tells of it, so that what is shown is fetched again when the first of it has ended.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { CallName } from "./bridge";

/** The engine may count in whole seconds, and then it is over a little later. */
const AFTER_MS = 1000;
/** Where it is not over then, it is looked at again after this. */
const AGAIN_MS = 5000;
/** Timers can't wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

/** How long to wait for the first end, and whether it has come by then. */
export function waitFor(first: number, now: number): { wait: number; over: boolean } {
  const wait = first + AFTER_MS - now;
  if (wait > LONGEST_MS) {
    return { wait: LONGEST_MS, over: false };
  }
  return { wait: wait > 0 ? wait : AGAIN_MS, over: true };
}

/** Fetches calls again at the earliest of some moments; there may be none. */
export function useExpiry(names: CallName[], ends: number[]) {
  const client = useQueryClient();
  const first = ends.length === 0 ? undefined : Math.min(...ends);
  const named = names.join(" ");
  useEffect(() => {
    if (first === undefined) {
      return;
    }
    let timer: ReturnType<typeof setTimeout>;
    const arm = () => {
      const { wait, over } = waitFor(first, Date.now());
      timer = setTimeout(() => {
        if (over) {
          named.split(" ").forEach((name) => void client.invalidateQueries({ queryKey: [name] }));
        }
        arm();
      }, wait);
    };
    arm();
    return () => clearTimeout(timer);
  }, [client, first, named]);
}
