import { expect, it } from "vitest";
import { stringsOf } from "../texts/engine/sources";
import type { Event } from "./generated";
import { BEGINS, ENDS, followRestarts, restartPending, waits } from "./restart";

const noted = (message: string) => followRestarts({ event: "activity", kind: "server", message } as Event);

it("a changed setting waits until sharing has restarted", () => {
  waits("smb.listen", "auto", "off");
  expect(restartPending()).toBe(true);
  noted("the folder of the share Scans is not there: /srv/scans");
  expect(restartPending()).toBe(true);
  noted("sharing started: smb://10.0.0.5/");
  expect(restartPending()).toBe(false);
});

it("a setting that was set back waits for nothing", () => {
  waits("smb.listen", "auto", "off");
  waits("smb.listen", "off", "0.0.0.0:4450");
  waits("sftp.listen", "off", "auto");
  waits("smb.listen", "0.0.0.0:4450", "auto");
  expect(restartPending()).toBe(true);
  waits("sftp.listen", "auto", "off");
  expect(restartPending()).toBe(false);
});

it("the engine still says what is listened for", () => {
  const said = stringsOf("server-core/src/server/sharing.rs");
  expect(said).toContain(ENDS);
  expect(said.filter((text) => text.startsWith(BEGINS)).length).toBeGreaterThan(0);
});
