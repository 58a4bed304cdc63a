// The same in German.
import { some } from "../some";
import type { Texts } from "../en";

export const limits: Texts["limits"] = {
  show: "Grenzen",
  about:
    "Was andere diesen Computer zu behalten zwingen können, hat Grenzen: insgesamt und für jede Person; Gäste und wer sich noch nicht angemeldet hat werden nach Adresse gezählt. An einer Grenze wird mehr abgelehnt, und alles andere geht weiter.",
  kinds: {
    strangers: { name: "Verbindungen vor der Anmeldung", about: "Von Geräten, die noch nicht gesagt haben, wer sie sind." },
    connections: { name: "Verbindungen", about: "Von allen, die angemeldet sind." },
    opens: { name: "Offene Dateien und Ordner", about: "Die Programme auf anderen Computern offen halten." },
    locks: { name: "Sperren", about: "Teile von Dateien, die Programme für sich behalten, und wer darauf wartet." },
    watches: { name: "Beobachtete Ordner", about: "Offene Dateifenster beobachten, was sie zeigen." },
    "watched-bytes": { name: "Änderungen für Beobachter", about: "Bis deren Programme sie abholen." },
    "waiting-requests": { name: "Wartende Anfragen", about: "Auf einen anderen Computer, der eine Datei freigeben soll, oder auf ein Laufwerk." },
    "waiting-bytes": { name: "Speicher wartender Anfragen", about: "Was sie mitgebracht haben." },
    pipes: { name: "Fragen nach Freigaben", about: "Von Programmen, die auflisten, was es hier gibt." },
    "unsent-bytes": { name: "Nicht abgeholte Antworten", about: "Von Computern, die schneller fragen als lesen." },
  },
  what: "Begrenzt ist",
  inUse: "Benutzt",
  of: (used, most) => `${used} von ${most}`,
  each: (most) => `je höchstens ${most}`,
  eachAddress: (most) => `${most} von einer Adresse`,
  fullest: "Am meisten",
  refused: "Abgelehnt",
  never: "nie",
  times: (shown, count) => (count === 1 ? "einmal" : `${shown}-mal`),
  none: "Grenzen werden gezeigt, solange die Freigabe an ist.",
  level: (name, percent) => `${name}: ${percent} % benutzt`,
  summary: (count) => `${some(count, "Grenze wurde", "Grenzen wurden")} seit dem Start erreicht.`,
};
