// What is said of limits.
import type { LimitKind } from "../../api/generated";
import { some } from "../some";

const kinds: Record<LimitKind, { name: string; about: string }> = {
  strangers: { name: "Connections before log-in", about: "Of devices that have not said yet who they are." },
  connections: { name: "Connections", about: "Of everyone who has logged in." },
  opens: { name: "Open files and folders", about: "Held open by programs on other computers." },
  locks: { name: "Locks", about: "Parts of files that programs keep for themselves, and those that wait for them." },
  watches: { name: "Watched folders", about: "Open file managers watch what they show." },
  "watched-bytes": { name: "Changes kept for who watches", about: "Until their programs fetch them." },
  "waiting-requests": { name: "Requests that wait", about: "For another computer to let go of a file, or for a disk." },
  "waiting-bytes": { name: "Memory of requests that wait", about: "What they brought along." },
  pipes: { name: "Questions about shares", about: "Asked by programs that list what is here." },
  "unsent-bytes": { name: "Answers not taken yet", about: "Of computers that ask faster than they read." },
};

export const limits = {
  show: "Limits",
  about:
    "What others can make this computer keep is limited, in all and for each person; guests and those who have not logged in are counted by address. At a limit more is refused, and the rest goes on.",
  kinds,
  what: "Limit on",
  inUse: "In use",
  of: (used: string, most: string) => `${used} of ${most}`,
  each: (most: string) => `${most} each at most`,
  eachAddress: (most: string) => `${most} from one address`,
  fullest: "Most by",
  refused: "Refused",
  never: "never",
  times: (shown: string, count: number) => (count === 1 ? "once" : `${shown} times`),
  none: "Limits are shown while sharing is on.",
  level: (name: string, percent: number) => `${name}: ${percent} % in use`,
  summary: (count: number) => `${some(count, "limit was", "limits were")} reached since the start.`,
};
