// The whole story in a real window with real clients: first run, visitors, a grant withdrawn by a click, an upload
// with its notification, activity, the tray; and pictures and an accessibility check of every screen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { overflowing, unreachable, violations } from "./accessibility.mjs";
import { sftp, sftpArguments, smb } from "./clients.mjs";
import { until } from "./driver.mjs";
import { BINARIES, PICTURES, Stage } from "./stage.mjs";

let stage, window, password, shared;

before(async () => {
  stage = await Stage.set();
  shared = join(stage.folder, "Pictures");
  mkdirSync(shared);
  window = await stage.open();
  await window.sees("Welcome to Landfall");
  window.resize(1000, 680);
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed.png")).catch(() => {});
  }
});

after(() => stage?.strike());

test("the first run takes three steps", async () => {
  await window.type('//input[@name="folder"]', shared);
  await window.press("Continue");
  await window.type('//input[@name="person"]', "alice");
  password = await until("a password", () => window.property('//input[@name="password"]', "value"));
  assert.match(password, /^\w{4}(-\w{4}){3}$/);
  await window.press("Share the folder");
  await window.sees("is ready");
  await window.sees("Waiting for your first visitor");
  await window.picture(join(PICTURES, "welcome.png"));
});

test("smbclient and sftp connect with what was shown, and the window turns green", async () => {
  writeFileSync(join(shared, "hello.txt"), "hello");
  assert.match(await smb(stage.smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  await window.sees("alice is connected from 127.0.0.1.");
  assert.match(await sftp(stage.sftpPort, "alice", password, ["ls Pictures"]), /hello\.txt/);
  await window.press("Done");
  await window.sees("Sharing is on");
});

let staying;

test("a session appears with its protection, and goes when its client does", async () => {
  staying = stage.smbclient("Pictures", "alice", password);
  await window.go("#/sessions");
  await window.sees("SMB 3.1.1");
  await window.find('//*[@role="img" and starts-with(@aria-label, "Signed with")]');
  // The client's computer, which is this one.
  await window.sees(`127.0.0.1 · ${hostname().split(".")[0].toUpperCase().slice(0, 15)}`);
});

test("a grant withdrawn by a click is withdrawn from the client at work", async () => {
  staying.stdin.write("ls\n");
  await until("a listing", () => staying.output.includes("hello.txt"));
  await window.go("#/shares/Pictures");
  await window.press("alice: Read, write");
  await window.sees("The permission of alice was taken away");
  await window.find('//button[@aria-label="alice: No access (inherited)"]');
  staying.output = "";
  staying.stdin.write("ls\n");
  await until("a refusal", () => /NT_STATUS_\w+/.test(staying.output));
  await assert.rejects(smb(stage.smbPort, "Pictures", "alice", password, "ls"), /NT_STATUS_/);
  await window.press("Undo");
  await window.find('//button[@aria-label="alice: Read, write" and @aria-pressed="true"]');
  assert.match(await smb(stage.smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  staying.stdin.end("quit\n");
});

test("an upload arrives, is listed, and one notification tells of the burst", async () => {
  const source = join(stage.folder, "scan.pdf");
  writeFileSync(source, Buffer.alloc(300_000, 7));
  await smb(stage.smbPort, "Pictures", "alice", password, `put ${source} SCN_0001.pdf; put ${source} SCN_0002.pdf`);
  await window.go("#/home");
  await window.sees("SCN_0002.pdf");
  await window.go("#/activity");
  await window.sees("SCN_0001.pdf");
  const shown = () => Number(execFileSync("dunstctl", ["count", "displayed"], { env: stage.env }));
  await until("the notification", () => shown() > 0);
  await window.picture(join(PICTURES, "notification.png"));
  const told = stage.notifications();
  assert.deepEqual(told.map(({ text }) => text), ["SCN_0001.pdf and 1 more have arrived."]);
});

test("a person is added in the window, locked out by wrong passwords, and unlocked by a click", async () => {
  await window.go("#/people/+");
  await window.type('//input[@name="name"]', "dave");
  const secret = await until("a password", () => window.property('//section//input[@name="password"]', "value"));
  await window.click('//section//button[@type="submit"]');
  await window.sees("The password is shown only now.");
  await window.press("Done");
  await window.find('//h2[normalize-space(.)="dave"]');
  for (let times = 0; times < 5; times += 1) {
    await assert.rejects(smb(stage.smbPort, "Pictures", "dave", "wrong", "ls"));
  }
  await window.sees("Locked out after wrong passwords");
  await until("the notification of the lock-out", () => stage.notifications().some(({ title }) => title === "Too many wrong passwords"));
  await assert.rejects(sftp(stage.sftpPort, "dave", secret, ["ls"]));
  await window.press("Unlock");
  await window.misses("Locked out after wrong passwords");
  await sftp(stage.sftpPort, "dave", secret, ["ls"]);
});

test("the start at log-in is the desktop's own, and what was chosen outlives the window", async () => {
  const entry = () => [join(stage.folder, "config/autostart"), join(stage.folder, ".config/autostart")].flatMap((place) => (existsSync(place) ? readdirSync(place) : []));
  assert.deepEqual(entry(), []);
  await window.go("#/settings");
  await window.click('//label[normalize-space(.)="Start when I log in to this computer"]');
  await until("the desktop's entry", () => entry().length === 1);
  // The desktop's entry comes first: it can be refused, and only what was done is written down.
  await until("the choice to be kept", () => JSON.parse(readFileSync(join(stage.data, "app.json"))).autostart === true);
  await window.click('//label[normalize-space(.)="Start when I log in to this computer"]');
  await until("the entry to go", () => entry().length === 0);
});

test("a device gets an account, the fields of its panel, and reasons when it fails", async () => {
  await window.go("#/devices/+");
  await window.sees("Its log-in name");
  await window.click('//form//button[@type="submit"]');
  await window.sees("Type this into the device");
  // SMB is not on its own port in this test, so SFTP comes first.
  await window.click('//label[normalize-space(.)="SMB"]');
  const field = (name) => window.text(`//tr[th[normalize-space(.)="${name}"]]/td[1]`);
  assert.equal(await field("Network path"), "\\\\127.0.0.1\\Pictures");
  const [user, secret] = [await field("User name"), await field("Password")];
  assert.equal(user, "scanner");
  const old = ["-o", "KexAlgorithms=diffie-hellman-group1-sha1", "-o", "HostKeyAlgorithms=ssh-rsa"];
  await assert.rejects(sftp(stage.sftpPort, "scanner", secret, ["ls"], old));
  await window.sees("algorithms it offers only diffie-hellman-group1-sha1");
  await assert.rejects(smb(stage.smbPort, "Pictures", "scanner", "wrong", "ls"));
  await window.sees("the name or password is wrong");
  await window.sees("Enter user name and password once more");
  await assert.rejects(smb(stage.smbPort, "Pictres", "scanner", secret, "ls"));
  await window.sees("there is no share named Pictres");
  const page = join(stage.folder, "page.pdf");
  writeFileSync(page, "%PDF-1.4");
  await smb(stage.smbPort, "Pictures", "scanner", secret, `put ${page} page.pdf`);
  await window.sees("page.pdf");
  await assert.rejects(smb(stage.smbPort, "Pictures", "scanner", secret, "get hello.txt /dev/null"), /NT_STATUS_/);
});

test("sharing is stopped and started from the tray, which says who is connected", async () => {
  const copy = await until("the tray's menu", async () => (await stage.tray.menu()).find((entry) => entry["Copy address"]));
  assert.ok(copy["Copy address"].includes(`smb://127.0.0.1:${stage.smbPort}/`));
  await stage.tray.click("Stop sharing");
  await window.go("#/home");
  await window.sees("Sharing is off");
  await assert.rejects(smb(stage.smbPort, "Pictures", "alice", password, "ls"), /CONNECTION_REFUSED/);
  await until("the other icon", async () => (await stage.tray.menu()).includes("Start sharing"));
  await stage.tray.click("Start sharing");
  await window.sees("Sharing is on");
  assert.match(await smb(stage.smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
});

test("closing hides the window and goes on sharing; the tray brings it back; quitting asks", async () => {
  const shown = () => {
    try {
      return stage.xdotool("search", "--onlyvisible", "--name", "^Landfall$").length > 0;
    } catch {
      return false;
    }
  };
  const visitor = stage.smbclient("Pictures", "alice", password);
  await until("the visitor in the tray", async () => (await stage.tray.menu()).some((entry) => entry["Connected (1)"]));
  stage.xdotool("key", "alt+F4");
  await until("the window to hide", () => !shown());
  await stage.tray.click("Open Landfall");
  await until("the window", shown);
  // So does starting the app once more, which then ends.
  stage.xdotool("key", "alt+F4");
  await until("the window to hide", () => !shown());
  const second = stage.processes.start(join(BINARIES, "landfall-app"), ["--data-dir", stage.data], { env: stage.env });
  await until("the window", shown);
  await until("the second to end", () => second.exitCode !== null);
  await stage.tray.click("Quit");
  await window.sees("Quit Landfall?");
  await window.press("Cancel");
  await window.misses("Quit Landfall?");
  assert.match(await smb(stage.smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  visitor.stdin.end("quit\n");
});

test("the doctor examines when it is asked to, and keeps what it found", async () => {
  await window.go("#/doctor");
  await window.sees("it asks a time server on the internet");
  await window.picture(join(PICTURES, "doctor-before.png"));
  await window.press("Examine");
  await window.sees("Examined:");
  const found = await window.text("//main//*[@role='status']");
  await window.go("#/home");
  await window.sees("Throughput");
  await window.go("#/doctor");
  assert.equal(await window.text("//main//*[@role='status']"), found);
});

test("every screen is free of accessibility violations, in light and dark, and has its picture", async () => {
  furnish();
  const visitors = [
    stage.smbclient("Pictures", "alice", password),
    stage.processes.start("sshpass", sftpArguments(stage.sftpPort, "alice", password), { stdio: ["pipe", "pipe", "pipe"], env: stage.env }),
  ];
  await window.go("#/sessions");
  await window.sees("SFTP");
  const found = [];
  for (const [theme, width, height] of [
    ["Light", 1000, 680],
    ["Dark", 1000, 680],
    ["Light", 1600, 1000],
    ["Dark", 1600, 1000],
  ]) {
    window.resize(width, height);
    await window.go("#/settings");
    await window.click(`//label[normalize-space(.)="${theme}"]`);
    for (const screen of [...SCREENS, ...MORE]) {
      await window.go(`#/${screen}`);
      await settled(screen);
      const name = `${screen.replace(/\W+/g, "-")}-${theme.toLowerCase()}-${width}`;
      await window.picture(join(PICTURES, `${name}.png`));
      found.push(...(await violations(window)).map((violation) => `${name}: ${violation}`));
      assert.deepEqual(await overflowing(window), [], `${name} is wider than the window`);
    }
  }
  visitors.forEach((visitor) => visitor.kill());
  assert.deepEqual(found, []);
});

test("everything that can be clicked can be reached and pressed by keyboard", async () => {
  for (const screen of [...SCREENS, ...MORE]) {
    await window.go(`#/${screen}`);
    await settled(screen);
    assert.deepEqual(await unreachable(window), [], `${screen} needs a mouse`);
  }
  // The palette, and from there to another screen, by keys alone.
  stage.xdotool("key", "ctrl+k");
  await window.sees("Stop sharing");
  stage.xdotool("type", "activ");
  stage.xdotool("key", "Return");
  await until("the screen", () => window.run("return location.hash === '#/activity'"));
  // A dialog closes by Escape and gives the focus back.
  await window.go("#/people");
  await window.press("Add person");
  await window.find('//section//input[@name="name"]');
  stage.xdotool("key", "Escape");
  await until("the dialog to close", () => window.run("return document.querySelector('section input[name=name]') === null"));
  const focused = () => window.run("return document.activeElement?.textContent");
  await until("the focus to be back", async () => (await focused()) === "Add person");
});

test("every screen is complete in German", async () => {
  await window.go("#/settings");
  await window.click('//input[@value="System" and @aria-haspopup="listbox"]');
  await window.press("Deutsch");
  await window.sees("Einstellungen");
  window.resize(1000, 680);
  for (const screen of [...SCREENS, ...MORE]) {
    await window.go(`#/${screen}`);
    await settled(screen);
    const name = `${screen.replace(/\W+/g, "-")}-german-1000`;
    await window.picture(join(PICTURES, `${name}.png`));
    assert.deepEqual(await overflowing(window), [], `${name} is wider than the window`);
  }
});

const SCREENS = ["home", "shares", "shares/Pictures", "people", "people/@editors", "sessions", "activity", "settings"];
/** Until a screen shows more than that it is loading. */
function settled(screen) {
  return until(`${screen} to settle`, () => window.run("return document.querySelector('main h1') !== null && document.querySelector('main .mantine-Skeleton-root') === null"));
}

/** Screens beyond those that the story walks through. */
const MORE = ["devices", "devices/scanner", "doctor"];

function furnish() {
  for (const name of ["bob", "carol"]) {
    stage.tell("Passw0rd-here\n", "user", "add", name, "--password-stdin");
  }
  stage.cli("group", "add", "editors");
  stage.cli("user", "join", "alice", "editors");
  stage.cli("user", "join", "bob", "editors");
  for (const [name, ...options] of [["Music", "--default", "read"], ["Scans", "--default", "drop-box"], ["Office"]]) {
    mkdirSync(join(stage.folder, name));
    stage.cli("share", "add", name, join(stage.folder, name), ...options);
  }
  stage.cli("share", "set", "Office", "encrypt=on");
  stage.cli("group", "grant", "editors", "Office", "read-write");
  stage.cli("user", "grant", "carol", "Pictures", "read");
}
