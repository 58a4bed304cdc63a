// Where the window is: `#/screen/rest`, so that links, the palette and the tray lead there alike.
import { useSyncExternalStore } from "react";

export type ScreenName = "home" | "shares" | "people" | "devices" | "sessions" | "activity" | "doctor" | "settings";

export interface Route {
  screen: string;
  rest: string;
}

/** Where something is added. No person, group or share has such a name: none may have a slash. In the address it is a
 * plain plus, which in a name is always escaped. */
export const ADD = "/+";
export const ADD_GROUP = "/+group";
/** Among people, groups are addressed as `@name`, which no person can be called. */
export const GROUP = "@";

export function parse(hash: string): Route {
  const [screen = "", ...parts] = hash.replace(/^#\/?/, "").split("/");
  const rest = parts.join("/");
  return { screen, rest: [ADD, ADD_GROUP].find((add) => add === `/${rest}`) ?? decodeURIComponent(rest) };
}

export function hashOf(screen: ScreenName, rest?: string): string {
  if (rest === undefined) {
    return `#/${screen}`;
  }
  return rest.startsWith("/") ? `#/${screen}${rest}` : `#/${screen}/${encodeURIComponent(rest)}`;
}

export function go(screen: ScreenName, rest?: string) {
  location.hash = hashOf(screen, rest);
}

function subscribe(changed: () => void) {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return parse(hash);
}
