// The server itself: where it listens, what it keeps, what needs attention.
import type { Entry } from "../translate";

export const server: Entry[] = [
  // Listening
  ["sharing started: {}", "die Freigabe hat begonnen: {0}"],
  ["sharing started, but every protocol is off", "die Freigabe hat begonnen, aber jedes Protokoll ist aus"],
  ["the addresses are now {}", "die Adressen sind jetzt {0}"],
  ["sharing stopped", "die Freigabe hat geendet"],
  ["SMB is on port {SMB_FALLBACK_PORT}, because port {SMB_PORT} can't be had: {}.", "SMB ist auf Port {0}, weil Port {1} nicht zu haben ist: {2*}."],
  ["{what} can't listen on {address}: {why}.", "{0*} kann die Adresse {1} nicht benutzen: {2*}."],
  ["SMB in NetBIOS framing", "SMB mit NetBIOS"],
  ["another program has it", "Ein anderes Programm belegt den Port"],
  ["Landfall itself has it", "Landfall selbst belegt den Port"],
  ["{} (process {}) has it", "{0} (Prozess {1}) belegt den Port"],
  ["this account may not use ports below 1024", "Dieses Konto darf Ports unter 1024 nicht benutzen"],
  ["this computer does not have that address", "Dieser Computer hat diese Adresse nicht"],
  ["Choose a port above 1023.", "Wählen Sie einen Port über 1023."],
  ["0.0.0.0 stands for every address of this computer.", "0.0.0.0 steht für jede Adresse dieses Computers."],
  ["Choose another port, or stop that program.", "Wählen Sie einen anderen Port, oder beenden Sie das andere Programm."],
  ["Listening failed: {error}.", "Die Adresse konnte nicht benutzt werden: {0*}."],
  ["another server answers", "Ein anderer Server antwortet"],
  ["the log-in was refused", "Die Anmeldung wurde abgelehnt"],
  ["SFTP was refused", "SFTP wurde abgelehnt"],
  ["{step} was refused with status {status:#010x}", "{0} wurde mit Status {1} abgelehnt"],

  // Starting and ending
  ["Starting failed: {error}.", "Der Start ist fehlgeschlagen: {0*}."],
  ["The server is shutting down.", "Der Server wird gerade beendet."],
  ["Landfall is already running with this data folder{by}.", "Mit diesem Datenordner läuft Landfall schon{0}."],
  ["The control socket can't be opened: {error}.", "Der Kanal für den Befehl landfall kann nicht geöffnet werden: {0*}."],
  ["{} is not a private folder of this account", "{0} ist kein privater Ordner dieses Kontos"],
  ["The data folder {} can't be used: {error}.", "Der Datenordner {0} kann nicht benutzt werden: {1*}."],
  ["the data folder {folder} can't be used: {source}", "der Datenordner {0} kann nicht benutzt werden: {1*}"],
  ["the host key {0} can't be read or written: {1}", "der Host-Schlüssel {0} kann nicht gelesen oder geschrieben werden: {1*}"],
  [
    "the host key {0} is damaged: {1}; remove the file to have a new key made",
    "der Host-Schlüssel {0} ist beschädigt: {1*}; löschen Sie die Datei, damit ein neuer gemacht wird",
  ],
  ["a host key could not be made: {0}", "ein Host-Schlüssel konnte nicht gemacht werden: {0*}"],

  // Warnings, and what the activity list says of the server
  [
    "The key that seals SMB passwords is in a file, because the keyring can't be used: {problem}.",
    "Der Schlüssel, der SMB-Passwörter versiegelt, ist in einer Datei, weil der Schlüsselbund nicht benutzt werden kann: {0*}.",
  ],
  [
    "The key that sealed SMB passwords is gone; set them again for: {names}. SFTP works.",
    "Der Schlüssel, der SMB-Passwörter versiegelt hat, ist fort; setzen Sie sie neu für: {0}. SFTP geht.",
  ],
  ["the folder of the share {share} is not there: {folder}", "der Ordner der Freigabe {0} ist nicht da: {1}"],
  ["the disk of the share {share} does not answer: {folder}", "die Festplatte der Freigabe {0} antwortet nicht: {1}"],
  ["the share {share} is not served: {folder} is a whole disk", "die Freigabe {0} wird nicht angeboten: {1} ist ein ganzes Laufwerk"],
  ["the share {share} is not served: Landfall's own data is inside {folder}", "die Freigabe {0} wird nicht angeboten: Landfalls eigene Daten liegen in {1}"],
  ["the share {share} is not served: {folder} is inside Landfall's own data", "die Freigabe {0} wird nicht angeboten: {1} liegt in Landfalls eigenen Daten"],
  ["the disk was full: {} records are not in this list", "die Festplatte war voll: {0} Einträge fehlen in dieser Liste"],
  [
    "The disk of the data folder is full: attributes, settings and records can't be kept until there is room in {}.",
    "Die Festplatte mit dem Datenordner ist voll: Attribute, Einstellungen und Einträge können nicht behalten werden, bis Platz ist in {0}.",
  ],
  ["too much happened at once: {lost} events are not in this list", "zu viel geschah auf einmal: {0} Ereignisse fehlen in dieser Liste"],

  // The keyring and the key
  ["no answer in time", "keine Antwort in angemessener Zeit"],
  ["the keyring failed", "Der Schlüsselbund hat versagt"],
  ["it did not keep what it was given", "Er hat nicht behalten, was er bekam"],
  ["it holds something else under our name", "Er enthält etwas anderes unter unserem Namen"],
  ["the master key file can't be used: {0}", "die Datei mit dem Hauptschlüssel kann nicht benutzt werden: {0*}"],
  ["{} is not {KEY_LEN} bytes long", "{0} ist nicht {1} Bytes lang"],
  ["the operating system gives no random numbers", "das Betriebssystem gibt keine Zufallszahlen"],

  // Backups
  ["a backup was written to {}", "eine Sicherung wurde nach {0} geschrieben"],
  ["the backup of {made:.0} was restored", "die Sicherung von {0} wurde wiederhergestellt"],
  ["The passphrase has fewer than {SHORTEST_PASSPHRASE} characters.", "Die Passphrase hat weniger als {0} Zeichen."],
  ["Whoever has the file could guess it; take a longer one.", "Wer die Datei hat, könnte sie erraten; nehmen Sie eine längere."],
  ["A backup can't be restored while the server runs.", "Solange der Server läuft, kann keine Sicherung wiederhergestellt werden."],
  ["Stop the server, then restore.", "Beenden Sie den Server, und stellen Sie die Sicherung dann wieder her."],
  ["Choose another place.", "Wählen Sie einen anderen Ort."],
  ["{shown} can't be read: {error}.", "{0} kann nicht gelesen werden: {1*}."],
  ["{} can't be restored: {why}.", "{0} kann nicht wiederhergestellt werden: {1*}."],
  ["it is no backup of Landfall", "Es ist keine Sicherung von Landfall"],
  ["it was made by a newer version of Landfall", "Eine neuere Version von Landfall hat sie gemacht"],
  ["Update Landfall first.", "Aktualisieren Sie erst Landfall."],
  ["the passphrase is wrong, or the file is damaged", "Die Passphrase ist falsch, oder die Datei ist beschädigt"],
  ["Capital letters, hyphens and spaces count.", "Auf Großbuchstaben, Bindestriche und Leerzeichen kommt es an."],
  ["the computer has no random numbers or not enough memory", "Der Computer hat keine Zufallszahlen oder zu wenig Speicher"],
  ["The backup failed: {why}.", "Die Sicherung ist fehlgeschlagen: {0*}."],

  // The database
  ["the database failed: {0}", "die Datenbank hat versagt: {0*}"],
  ["the disk of the data folder is full: {0}", "Die Festplatte mit dem Datenordner ist voll: {0*}"],
  ["the database is busy: {0}", "die Datenbank ist beschäftigt: {0*}"],
  ["the database file is damaged or is no database: {0}", "die Datenbankdatei ist beschädigt oder keine Datenbank: {0*}"],
  ["the database could not be brought up to date: {0}", "die Datenbank konnte nicht auf den neuesten Stand gebracht werden: {0*}"],
  [
    "the database has version {found}, this Landfall knows versions up to {known}: update Landfall",
    "die Datenbank hat Version {0}, dieses Landfall kennt Versionen bis {1}: Aktualisieren Sie Landfall",
  ],
  ["the database holds a value that makes no sense: {0}", "die Datenbank enthält einen sinnlosen Wert: {0*}"],
  ["version {found}", "Version {0}"],
  ["it exists already", "schon vorhanden"],
  ["the store holds a damaged computer identity: {0}", "die Datenbank enthält eine beschädigte Kennung dieses Computers: {0*}"],
  ["not a security identifier of the form S-1-5-…", "keine Sicherheitskennung der Form S-1-5-…"],
  ["Put back a copy of landfall.db, or move it away to start afresh.", "Legen Sie eine Kopie von landfall.db zurück, oder verschieben Sie die Datei, um neu anzufangen."],
];
