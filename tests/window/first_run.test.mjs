// The first run when not all goes well: a name that is taken, a folder that was the wrong one, ports that others have.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { overflowing, unreachable, violations } from "./accessibility.mjs";
import { smb } from "./clients.mjs";
import { hold, until } from "./driver.mjs";
import { PICTURES, Stage } from "./stage.mjs";

const PASSWORD = "Passw0rd-here";
/** What is wrong with the steps. */
const found = [];
let stage, window, folders;

before(async () => {
  stage = await Stage.set();
  folders = ["one", "other", "old"].map((place) => join(stage.folder, place, "Scans"));
  folders.forEach((folder) => mkdirSync(folder, { recursive: true }));
  writeFileSync(join(folders[1], "hello.txt"), "hello");
  // A data folder that was used before.
  stage.tell(`${PASSWORD}\n`, "user", "add", "bob", "--password-stdin");
  stage.cli("share", "add", "Old", folders[2], "--default", "read");
  window = await stage.open();
  await window.sees("Welcome to Landfall");
  window.resize(1000, 680);
  await smb(stage.smbPort, "Old", "bob", PASSWORD, "ls");
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed-first-run.png")).catch(() => {});
  }
});

after(() => stage?.strike());

/** A step's pictures, and what is wrong with it, which is told at the end. */
async function looked(step) {
  for (const theme of ["light", "dark"]) {
    await window.run("document.documentElement.dataset.mantineColorScheme = arguments[0]", theme);
    await window.picture(join(PICTURES, `${step}-${theme}-1000.png`));
    found.push(...(await violations(window)).map((violation) => `${step}, ${theme}: ${violation}`));
  }
  await window.run("document.documentElement.dataset.mantineColorScheme = 'light'");
  found.push(...(await unreachable(window)), ...(await overflowing(window)));
}

test("a name that is taken can be changed, and the folder too", async () => {
  await window.type('//input[@name="folder"]', folders[0]);
  await looked("welcome-folder");
  await window.press("Continue");
  await window.type('//input[@name="person"]', "bob");
  await until("a password", () => window.property('//input[@name="password"]', "value"));
  await window.press("Share the folder");
  await window.sees("There is a person named bob already.");
  await looked("welcome-person");
  await window.press("Back");
  await window.type('//input[@name="folder"]', folders[1]);
  await window.press("Continue");
  await window.type('//input[@name="person"]', "alice");
});

test("where every port is taken, the last step says so, and starts sharing once they are free", async () => {
  await stage.tray.click("Stop sharing");
  const holders = await Promise.all([stage.smbPort, stage.sftpPort].map(hold));
  await window.press("Share the folder");
  await window.sees("Sharing is off");
  await looked("welcome-off");
  await window.press("Start sharing");
  await window.sees(`(process ${process.pid}) has it.`);
  holders[1].close();
  await stage.startSharing();
  await window.sees(`SMB can't listen on 127.0.0.1:${stage.smbPort}`);
  holders[0].close();
  await stage.tray.click("Stop sharing");
  await window.sees("Sharing is off");
  await stage.startSharing();
  await window.misses("Sharing is off");
});

test("the last step shows the address as a code, and waits for a visitor who comes now", async () => {
  await window.find(`//*[@aria-label="QR code of smb://127.0.0.1:${stage.smbPort}/Scans"]`);
  await window.sees("Waiting for your first visitor");
  await window.misses("has it.");
  await looked("welcome-ready");
  const password = await window.text('(//*[@class="address"])[2]/span');
  assert.match(await smb(stage.smbPort, "Scans", "alice", password, "ls"), /hello\.txt/);
  await window.sees("alice is connected from 127.0.0.1.");
  await window.press("Done");
  await window.sees("Sharing is on");
  assert.deepEqual(found, []);
});
