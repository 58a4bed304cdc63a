// What people and devices on the network did, and why they were turned away.
import type { Entry } from "../translate";

export const clients: Entry[] = [
  // Log-ins
  ["{shown} logged in", "{0} hat sich angemeldet"],
  ["{} logged in", "{0} hat sich angemeldet"],
  ["public key", "öffentlicher Schlüssel"],
  ["{shown} was refused: {error}", "{0} wurde abgelehnt: {1*}"],
  ["{shown} was refused: {error}; locked for {} s", "{0} wurde abgelehnt: {1*}; für {2} s gesperrt"],
  ["{name} was refused: encryption is required, and this client or guest can't", "{0} wurde abgelehnt: Verschlüsselung ist nötig, und dieser Client oder Gast kann sie nicht"],
  ["a log-in without a name was refused: no share admits guests", "eine Anmeldung ohne Namen wurde abgelehnt: Keine Freigabe lässt Gäste ein"],
  ["the name or password is wrong", "Name oder Passwort ist falsch"],
  ["the account is disabled", "Das Konto ist ausgeschaltet"],
  ["this person may not use this protocol", "Diese Person darf dieses Protokoll nicht benutzen"],
  [
    "locked after too many wrong passwords; try again in {} s or unlock it",
    "nach zu vielen falschen Passwörtern gesperrt; in {0} s noch einmal versuchen, oder entsperren",
  ],
  ["the password must be set again before it can be used for SMB", "Das Passwort geht für SMB erst, wenn es neu gesetzt wird"],
  ["the account store failed: {0}", "Die Datenbank der Konten hat versagt: {0*}"],
  ["a device could not connect: of {kind:?} algorithms it offers only {theirs}", "ein Gerät konnte sich nicht verbinden: An Algorithmen für {0} bietet es nur {1} an"],
  [
    "a device could not connect: it speaks only SMB1, which is not safe and not served",
    "ein Gerät konnte sich nicht verbinden: Es spricht nur SMB1, das unsicher ist und nicht angeboten wird",
  ],

  // Entering shares, and what is done in them
  ["refused: {}", "abgelehnt: {0*}"],
  ["refused: {why}", "abgelehnt: {0*}"],
  ["not deleted: {why}", "nicht gelöscht: {0*}"],
  ["refused: there is no share named {name}", "abgelehnt: Eine Freigabe namens {0} gibt es nicht"],
  ["refused: this share wants encryption, and the client can't", "abgelehnt: Diese Freigabe verlangt Verschlüsselung, und der Client kann sie nicht"],
  ["the permission in this share does not allow it", "Die Berechtigung in dieser Freigabe erlaubt es nicht"],
  ["the share is read-only", "Die Freigabe ist nur zum Lesen"],
  ["the file was opened without the right to do this", "Die Datei wurde ohne das Recht dazu geöffnet"],
  ["the file is marked read-only", "Die Datei ist schreibgeschützt"],
  [
    "the operating system refused: this computer's account may not do this to the file",
    "Das Betriebssystem hat es verweigert: Das Konto auf diesem Computer darf das mit der Datei nicht tun",
  ],
  ["the path leads out of the share", "Der Pfad führt aus der Freigabe hinaus"],
  ["it, or something in it, is open in another program", "Es selbst oder etwas darin ist in einem anderen Programm geöffnet"],
  ["written", "geschrieben"],
  [
    "written while a program on this computer was changing it too: one of them may have written over the other",
    "geschrieben, während ein Programm auf diesem Computer sie ebenfalls änderte: Eines kann das andere überschrieben haben",
  ],
  ["removed", "gelöscht"],
  ["link removed", "Verknüpfung gelöscht"],
  ["folder created", "Ordner angelegt"],
  ["renamed from {}", "umbenannt, vorher {0}"],
  ["renamed from {from}", "umbenannt, vorher {0}"],

  // Why someone has a permission
  ["granted to them by name", "persönlich erteilt"],
  ["granted to the group {name}", "der Gruppe {0} erteilt"],
  ["the share's default", "der Standard der Freigabe"],
  ["the share's default for guests", "der Standard der Freigabe für Gäste"],
  ["the share admits no guests", "Die Freigabe lässt keine Gäste ein"],
  ["the account is disabled or was removed", "Das Konto ist ausgeschaltet oder wurde entfernt"],
];
