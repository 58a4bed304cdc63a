// What operating systems and libraries say most often in the midst of the engine's sentences. Theirs have no end, and a
// system speaks its user's language where it can: what is not here stays as they say it.
import type { Entry } from "../translate";

export const system: Entry[] = [
  ["Permission denied (os error {})", "keine Berechtigung (Fehler {0})"],
  ["Operation not permitted (os error {})", "nicht erlaubt (Fehler {0})"],
  ["No such file or directory (os error {})", "Datei oder Ordner nicht vorhanden (Fehler {0})"],
  ["Not a directory (os error {})", "kein Ordner (Fehler {0})"],
  ["Is a directory (os error {})", "ein Ordner (Fehler {0})"],
  ["File exists (os error {})", "schon vorhanden (Fehler {0})"],
  ["Read-only file system (os error {})", "Das Dateisystem ist nur zum Lesen (Fehler {0})"],
  ["No space left on device (os error {})", "Die Festplatte ist voll (Fehler {0})"],
  ["Disk quota exceeded (os error {})", "Der zugeteilte Speicherplatz ist voll (Fehler {0})"],
  ["Input/output error (os error {})", "Fehler beim Lesen oder Schreiben (Fehler {0})"],
  ["Too many open files (os error {})", "zu viele offene Dateien (Fehler {0})"],
  ["Too many open files in system (os error {})", "zu viele offene Dateien im System (Fehler {0})"],
  ["Too many levels of symbolic links (os error {})", "zu viele Verknüpfungen hintereinander (Fehler {0})"],
  ["File name too long (os error {})", "Der Dateiname ist zu lang (Fehler {0})"],
  ["Address already in use (os error {})", "Die Adresse ist schon belegt (Fehler {0})"],
  ["Cannot assign requested address (os error {})", "Diese Adresse hat dieser Computer nicht (Fehler {0})"],
  ["Can't assign requested address (os error {})", "Diese Adresse hat dieser Computer nicht (Fehler {0})"],
  ["Connection refused (os error {})", "Verbindung abgelehnt (Fehler {0})"],
  ["Connection reset by peer (os error {})", "Verbindung von der Gegenseite abgebrochen (Fehler {0})"],
  ["Connection timed out (os error {})", "keine Antwort in angemessener Zeit (Fehler {0})"],
  ["Operation timed out (os error {})", "keine Antwort in angemessener Zeit (Fehler {0})"],
  ["Network is unreachable (os error {})", "Das Netz ist nicht erreichbar (Fehler {0})"],
  ["No route to host (os error {})", "kein Weg zu dieser Adresse (Fehler {0})"],
  ["Resource temporarily unavailable (os error {})", "keine Antwort in angemessener Zeit (Fehler {0})"],
  ["Host is down (os error {})", "Dieser Computer ist aus (Fehler {0})"],
  ["Transport endpoint is not connected (os error {})", "nicht verbunden (Fehler {0})"],
  // Rust's own
  ["connection timed out", "keine Antwort in angemessener Zeit"],
  ["failed to fill whole buffer", "Die Antwort bricht ab"],
  ["stream did not contain valid UTF-8", "Es ist kein Text"],
  // SQLite's
  ["database is locked", "Sie ist von einem anderen Programm belegt"],
  ["database or disk is full", "Die Festplatte ist voll"],
  ["disk I/O error", "Fehler beim Lesen oder Schreiben"],
  ["attempt to write a readonly database", "Sie kann nur gelesen werden"],
  ["unable to open database file", "Sie lässt sich nicht öffnen"],
  ["database disk image is malformed", "Der Inhalt ist beschädigt"],
  ["file is not a database", "Es ist keine Datenbank"],
];
