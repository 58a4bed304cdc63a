// Where the window is: `#/screen/rest`, so that links, the palette and the tray lead there alike.
import { useSyncExternalStore } from "react";

export type ScreenName = "home" | "shares" | "people" | "devices" | "sessions" | "activity" | "doctor" | "settings";

export interface Route {
  screen: string;
  rest: string;
}

export function parse(hash: string): Route {
  const [screen = "", ...rest] = hash.replace(/^#\/?/, "").split("/");
  return { screen, rest: decodeURIComponent(rest.join("/")) };
}

export function go(screen: ScreenName, rest?: string) {
  location.hash = rest === undefined ? `#/${screen}` : `#/${screen}/${encodeURIComponent(rest)}`;
}

function subscribe(changed: () => void) {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parse(hash);
}
