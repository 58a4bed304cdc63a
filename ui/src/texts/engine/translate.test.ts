import { expect, it } from "vitest";
import { explained, settingRefused } from "../../parts/hints";
import { de } from "../de";
import { en } from "../en";
import { german, FROM_SOURCES } from "./de";
import { composed } from "./de/composed";
import { system } from "./de/system";
import { PLACEHOLDER, translator } from "./translate";

it("a sentence keeps what was filled in, its capital and its full stop", () => {
  expect(german("the password of ann was set")).toBe("das Passwort von ann wurde gesetzt");
  expect(german("The server is shutting down.")).toBe("Der Server wird gerade beendet.");
  expect(german("There is no person named bob.")).toBe("Eine Person namens bob gibt es nicht.");
  expect(german("Did you mean smb.listen?")).toBe("Meinten Sie smb.listen?");
  expect(german("192.168.0.9 was blocked for 15 minutes")).toBe("192.168.0.9 wurde für 15 min gesperrt");
});

it("what the engine or the system says within a sentence is said in German too", () => {
  expect(german("SMB can't listen on 0.0.0.0:445: this account may not use ports below 1024.")).toBe(
    "SMB kann die Adresse 0.0.0.0:445 nicht benutzen: Dieses Konto darf Ports unter 1024 nicht benutzen.",
  );
  expect(german("SMB is on port 4450, because port 445 can't be had: another program has it.")).toBe(
    "SMB ist auf Port 4450, weil Port 445 nicht zu haben ist: Ein anderes Programm belegt den Port.",
  );
  expect(german("SFTP can't listen on 0.0.0.0:22: sshd (process 812) has it.")).toBe("SFTP kann die Adresse 0.0.0.0:22 nicht benutzen: sshd (Prozess 812) belegt den Port.");
  expect(german("/srv/a: b was shared as Scans")).toBe("/srv/a: b wurde als Scans freigegeben");
  expect(german("/srv/x can't be shared: Permission denied (os error 13).")).toBe("/srv/x kann nicht freigegeben werden: Keine Berechtigung (Fehler 13).");
  expect(german('The name "a/b" can\'t be used: it must not contain /.')).toBe("Der Name „a/b“ geht nicht: Er darf / nicht enthalten.");
  expect(german("ann was refused: the name or password is wrong; locked for 30 s")).toBe("ann wurde abgelehnt: Name oder Passwort ist falsch; für 30 s gesperrt");
  expect(german("It takes on or off.")).toBe("Möglich ist: on oder off.");
});

it("sentences made of words are said as a whole", () => {
  expect(german("the share Scans was changed: name Fotos, default read-write, guest on")).toBe(
    "die Freigabe Scans wurde geändert: Name Fotos, Standard „Schreiben“, Gäste an",
  );
  expect(german("the group family was granted read in Scans")).toBe("die Gruppe family hat in Scans die Berechtigung „Lesen“ erhalten");
  expect(german("refused: ann may read: read-write is granted to the group family, but the share is read-only")).toBe(
    "abgelehnt: ann darf lesen: „Schreiben“ ist der Gruppe family erteilt, aber die Freigabe ist nur zum Lesen",
  );
  expect(german("refused: ann may not enter: the share's default")).toBe("abgelehnt: ann darf nicht hinein: Das ist der Standard der Freigabe");
  expect(german("ann may read: read-write is the share's default, but the share is read-only")).toBe(
    "ann darf lesen: „Schreiben“ ist der Standard der Freigabe, aber die Freigabe ist nur zum Lesen",
  );
  expect(german("Shares: a, b and 3 more.")).toBe("Freigaben: a, b und 3 weitere.");
});

it("what people named is never translated", () => {
  expect(german("the disk is full was removed")).toBe("the disk is full wurde entfernt");
  expect(german("password is now shown as guest")).toBe("password wird jetzt als guest angezeigt");
  expect(german('the setting server.name was changed to "a \\"b\\""')).toBe('die Einstellung server.name wurde auf „a "b"“ geändert');
});

it("what nobody knows stays as it is", () => {
  for (const sentence of ["", ".", "Something else entirely.", "x: y", "Foo can't be opened."]) {
    expect(german(sentence)).toBe(sentence);
  }
  expect(en.engine("The server is shutting down.")).toBe("The server is shutting down.");
});

it("what says more comes before what says less", () => {
  const translate = translator([
    ["{} was removed", "{0} weg"],
    ["the share {} was removed", "Freigabe {0} weg"],
  ]);
  expect(translate("the share x was removed")).toBe("Freigabe x weg");
  expect(translate("x was removed")).toBe("x weg");
});

it("no translation names a placeholder that its English doesn't have, or leaves one out", () => {
  for (const [english, translated] of [...FROM_SOURCES, ...composed, ...system]) {
    const given = english.split(PLACEHOLDER).length - 1;
    const used = [...translated.matchAll(/\{(\d+)/g)].map(([, index]) => Number(index));
    expect(used.sort(), english).toEqual(Array.from({ length: given }, (_, index) => index));
  }
});

it("every template finds itself", () => {
  for (const [english, translated] of [...FROM_SOURCES, ...composed]) {
    const quoted = [...translated.matchAll(/\{(\d+)"\}/g)].map(([, index]) => Number(index));
    let at = 0;
    const filled = english.split(PLACEHOLDER).reduce((text, literal, index) => text + (index === 0 ? "" : quoted.includes(at++) ? '"7"' : "7") + literal, "");
    expect(german(filled).toLowerCase(), english).toBe(translated.replace(/\{\d+[*,"]*\}/g, "7").toLowerCase());
  }
});

it("a notice has the hint in German, and none that names a command", () => {
  const message = "SFTP can't listen on 0.0.0.0:22: another program has it.";
  expect(explained(de, { message, hint: "Choose another port, or stop that program." })).toBe(
    "SFTP kann die Adresse 0.0.0.0:22 nicht benutzen: Ein anderes Programm belegt den Port. Wählen Sie einen anderen Port, oder beenden Sie das andere Programm.",
  );
  expect(explained(de, { message: "There is no session 4.", hint: "`landfall session list` shows the sessions and their ids." })).toBe("Die Sitzung 4 gibt es nicht.");
});

it("a setting is called by its label in the window", () => {
  const refused = { message: 'smb.listen can\'t be "foo".', hint: "It takes an address such as 0.0.0.0:445, `auto` or `off`." };
  expect(settingRefused(en, refused, "smb.listen", en.settings.smbListen)).toBe(
    '“SMB address and port” can\'t be "foo". It takes an address such as 0.0.0.0:445, “auto” or “off”.',
  );
  expect(settingRefused(de, refused, "smb.listen", de.settings.smbListen)).toBe(
    "„SMB: Adresse und Port“ kann nicht „foo“ sein. Möglich ist: eine Adresse wie 0.0.0.0:445, „auto“ oder „off“.",
  );
});

it("thousands of different rows take no time that anyone notices", () => {
  const rows = Array.from({ length: 5_000 }, (_, n) => `person${n} was refused: the name or password is wrong; locked for ${n} s`);
  const before = performance.now();
  rows.forEach(german);
  expect(performance.now() - before).toBeLessThan(1_000);
});
