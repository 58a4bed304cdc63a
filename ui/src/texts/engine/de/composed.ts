// Sentences that the engine puts together from words, so that they don't stand in its source as a whole. Each names the
// strings that they are made of, which a test looks for there.
import type { Entry } from "../translate";

interface Composed {
  file: string;
  /** The engine's strings that the English is made of. */
  from: string[];
  entries: Entry[];
}

/** Each of the first with each of the second. */
const each = <A, B>(first: readonly A[], second: readonly B[], entry: (a: A, b: B) => Entry): Entry[] => first.flatMap((a) => second.map((b) => entry(a, b)));

const THINGS = [
  ["People", "Personen"],
  ["Groups", "Gruppen"],
  ["Shares", "Freigaben"],
  ["Keys", "Schlüssel"],
] as const;
const OPTIONS = [
  ["guest", "Gäste"],
  ["read-only", "nur lesen"],
  ["encrypt", "Verschlüsselung nötig"],
  ["hidden", "versteckt"],
  ["upload-only", "Einwurf"],
] as const;
const SWITCH = [
  ["on", "an"],
  ["off", "aus"],
] as const;
const LEVELS = [
  ["none", "Kein Zugriff"],
  ["drop-box", "Einwurf"],
  ["read", "Lesen"],
  ["read-write", "Schreiben"],
  ["admin", "Alles"],
] as const;
const MAY = [
  ["may not enter", "darf nicht hinein"],
  ["may drop files in, but not see what is there", "darf Dateien hineinlegen, aber nicht sehen, was da ist"],
  ["may read", "darf lesen"],
  ["may read and write", "darf lesen und schreiben"],
  ["may do everything", "darf alles"],
] as const;
/** As sentences of their own; after "ist", they stand as they are. */
const DEFAULTS = [
  ["the share's default", "Das ist der Standard der Freigabe"],
  ["the share's default for guests", "Das ist der Standard der Freigabe für Gäste"],
] as const;
const LIMITS = [
  ["read-only", "nur zum Lesen"],
  ["upload-only", "ein Einwurf"],
  ["read-only and upload-only", "nur zum Lesen und ein Einwurf"],
] as const;
const said = (words: readonly (readonly [english: string, german: string])[]) => words.map(([english]) => english);

export const COMPOSED: Composed[] = [
  {
    file: "server-core/src/admin/error.rs",
    from: ["{what}: {shown}.", "{what}: {shown} and {more} more.", ...said(THINGS.slice(0, 3))],
    entries: [
      ...THINGS.map(([what, german]): Entry => [`${what}: {}.`, `${german}: {0}.`]),
      ...THINGS.map(([what, german]): Entry => [`${what}: {} and {} more.`, `${german}: {0} und {1} weitere.`]),
    ],
  },
  { file: "server-core/src/admin/keys.rs", from: said(THINGS.slice(3)), entries: [] },
  {
    file: "server-core/src/admin/shares.rs",
    from: ["{name} {}", ...said(OPTIONS), ...said(SWITCH)],
    entries: each(OPTIONS, SWITCH, ([option, german], [state, now]) => [`${option} ${state}`, `${german} ${now}`]),
  },
  { file: "server-core/src/store/permission.rs", from: said(LEVELS), entries: LEVELS.map(([level, german]): Entry => [level, german]) },
  {
    file: "server-core/src/identity/effective.rs",
    from: ["{name} {may}: {because}", "{name} {may}: {granted} is {because}, but the share is {limit}", ...said(MAY), ...said(DEFAULTS), ...said(LIMITS)],
    entries: [
      ...MAY.map(([may, german]): Entry => [`{} ${may}: {}`, `{0} ${german}: {1*}`]),
      ...each(MAY, DEFAULTS, ([may, german], [because, is]) => [`{} ${may}: ${because}`, `{0} ${german}: ${is}`]),
      ...each(MAY, LIMITS, ([may, german], [limit, is]) => [`{} ${may}: {} is {}, but the share is ${limit}`, `{0} ${german}: „{1*}“ ist {2*}, aber die Freigabe ist ${is}`]),
    ],
  },
  {
    file: "server-core/src/identity/authenticate.rs",
    from: ["(no name)"],
    entries: [
      ["(no name)", "(ohne Namen)"],
      ["(no name) was refused: {}", "eine Anmeldung ohne Namen wurde abgelehnt: {0*}"],
      ["(no name) was refused: {}; locked for {} s", "eine Anmeldung ohne Namen wurde abgelehnt: {0*}; für {1} s gesperrt"],
    ],
  },
  // Why a file could not be put in: what clients get as a code, and people read.
  {
    file: "server-core/src/vfs/error.rs",
    from: ["a folder on the way does not exist"],
    entries: [["a folder on the way does not exist", "Ein Ordner im Pfad ist nicht vorhanden"]],
  },
  {
    file: "server-core/src/sftp/status.rs",
    from: ["only shares live here; enter one first"],
    entries: [["only shares live here; enter one first", "Der Pfad nennt keine Freigabe"]],
  },
  // How someone logged in: a word of its own in the list of sessions.
  { file: "server-core/src/sftp/settings.rs", from: ["password"], entries: [["password", "Passwort"]] },
  {
    file: "server-core/src/smb/connection/login.rs",
    from: ["anonymous", "guest"],
    entries: [
      ["anonymous", "anonym"],
      ["guest", "Gast"],
    ],
  },
  {
    file: "server-core/src/smb/connection/new_session.rs",
    from: ["{} logged in"],
    entries: [
      ["guest logged in", "ein Gast hat sich angemeldet"],
      ["anonymous logged in", "jemand hat sich ohne Namen angemeldet"],
    ],
  },
];

export const composed = COMPOSED.flatMap(({ entries }) => entries);
