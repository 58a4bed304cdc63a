// What the window does together with the desktop: file pickers, dropped folders, notifications that are clicked,
// and a backup that is made and restored.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { sftp, sftpArguments, smb } from "./clients.mjs";
import { hold, until } from "./driver.mjs";
import { PICTURES, Stage } from "./stage.mjs";

const PASSWORD = "Passw0rd-here";
let stage, window, shared;

before(async () => {
  stage = await Stage.set();
  shared = join(stage.folder, "Pictures");
  mkdirSync(shared);
  stage.tell(`${PASSWORD}\n`, "user", "add", "alice", "--password-stdin");
  stage.cli("share", "add", "Pictures", shared);
  stage.cli("user", "grant", "alice", "Pictures", "read-write");
  mkdirSync(stage.data, { recursive: true });
  writeFileSync(join(stage.data, "app.json"), JSON.stringify({ welcomed: true, notify_visitors: true }));
  window = await stage.open();
  await window.sees("Sharing is on");
  window.resize(1000, 680);
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed-desktop.png")).catch(() => {});
  }
});

after(() => stage?.strike());

test("a folder is picked in the system's own picker and shared", async () => {
  const music = join(stage.folder, "Music");
  mkdirSync(music);
  await window.go("#/shares/+");
  await stage.pick("Choose folder …", music);
  await until("the folder's name", async () => (await window.property('//input[@name="name"]', "value")) === "Music");
  await window.click('//section//button[@type="submit"]');
  await until("the share", () => stage.cli("share", "list").toString().includes("Music"));
});

test("a folder that is dropped onto the window is offered for sharing", async () => {
  const films = join(stage.folder, "Films");
  mkdirSync(films);
  await window.go("#/shares");
  await window.sees("Pictures");
  const script = new URL("drag_source.py", import.meta.url).pathname;
  const source = stage.processes.start("/usr/bin/python3", [script, films], { env: stage.env });
  const id = await until("the window to drag from", () => stage.xdotool("search", "--onlyvisible", "--name", "^Drag from here$").trim());
  stage.xdotool("windowmove", "--sync", id, "1200", "200");
  const move = (x, y) => stage.xdotool("mousemove", String(x), String(y));
  move(1300, 300);
  stage.xdotool("mousedown", "1");
  for (let x = 1280; x >= 500; x -= 20) {
    move(x, 300);
  }
  stage.xdotool("mouseup", "1");
  await until("the folder's name", async () => (await window.property('//input[@name="name"]', "value")) === "Films");
  source.kill();
  await window.press("Cancel");
});

test("someone from a new device is told of once", async () => {
  await smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls");
  await smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls");
  const told = await until("the notification", () => stage.notifications().length > 0 && stage.notifications());
  assert.deepEqual(told, [{ title: "New device connected", text: "alice connected from 127.0.0.1 for the first time." }]);
});

test("what a client uploaded is pointed at by notification and Home, and never opened, whatever it is called", async () => {
  // A program, were this a Mac: the folder says so by its name.
  const readme = join(stage.folder, "readme");
  const program = join(stage.folder, "Invoice");
  writeFileSync(readme, "hello");
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o755 });
  const inside = "/Pictures/Invoice.app";
  await sftp(stage.sftpPort, "alice", PASSWORD, [
    ...["", "/Contents", "/Contents/MacOS"].map((folder) => `mkdir ${inside}${folder}`),
    `put ${readme} ${inside}/readme`,
    `put -p ${program} ${inside}/Contents/MacOS/Invoice`,
  ]);
  const shown = () => Number(execFileSync("dunstctl", ["count", "displayed"], { env: stage.env }));
  await until("the notification", () => shown() > 0);
  execFileSync("dunstctl", ["action"], { env: stage.env });
  const file = join(shared, "Invoice.app/readme");
  await until("the file to be pointed at", () => stage.revealed().includes(file));
  await window.go("#/home");
  await window.press("Show in folder: Invoice.app/Contents/MacOS/Invoice");
  await until("the program to be pointed at", () => stage.revealed().includes(join(shared, "Invoice.app/Contents/MacOS/Invoice")));
  assert.deepEqual(stage.opened(), []);
});

test("the folder of a share is opened, for that is this computer's own", async () => {
  await window.go("#/shares/Pictures");
  await window.press("Open folder");
  await until("the folder to open", () => stage.opened().length > 0);
  assert.deepEqual(stage.opened(), [shared]);
});

test("a disk that an upload has nearly filled is told of", { skip: process.getuid() !== 0 && "only root may mount a small disk" }, async () => {
  const small = join(stage.folder, "Small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", small]);
  try {
    stage.cli("share", "add", "Small", small);
    stage.cli("user", "grant", "alice", "Small", "read-write");
    const large = join(stage.folder, "large.bin");
    writeFileSync(large, Buffer.alloc(4_100_000));
    await smb(stage.smbPort, "Small", "alice", PASSWORD, `put ${large} large.bin`);
    const told = await until("the notification", () => stage.notifications().find(({ title }) => title === "The disk is nearly full"));
    assert.match(told.text, /Small/);
    stage.cli("share", "remove", "Small");
  } finally {
    execFileSync("umount", ["-l", small]);
  }
});

test("the files that a session has open are listed, and one is closed", async () => {
  writeFileSync(join(shared, "film.mkv"), Buffer.alloc(4_000_000));
  // Slow enough to stay open.
  const args = sftpArguments(stage.sftpPort, "alice", PASSWORD, ["-l", "400"]);
  const reader = stage.processes.start("sshpass", args, { stdio: ["pipe", "pipe", "pipe"], env: stage.env });
  reader.stdin.write(`get /Pictures/film.mkv ${join(stage.folder, "film.mkv")}\n`);
  await window.go("#/sessions");
  await window.press("Show what is open: 1 file");
  await window.sees("Pictures/film.mkv");
  await window.picture(join(PICTURES, "open-files.png"));
  await window.press("Close: Pictures/film.mkv");
  await window.sees("Nothing is open any more.");
  await until("the client's complaint", () => /film\.mkv|handle|failure/i.test(reader.output));
  await window.press("Close");
  // With nothing open, disconnecting asks nothing.
  await window.find('//*[@aria-label="Show what is open: 0 files"]');
  await window.press("Actions for alice");
  await window.press("Disconnect");
  await window.sees("Nobody is connected");
  await until("the client to end", () => reader.exitCode !== null);
});

test("where every port is taken, sharing says so, and who has them", async () => {
  await stage.tray.click("Stop sharing");
  await window.go("#/home");
  await window.sees("Sharing is off");
  const holders = await Promise.all([stage.smbPort, stage.sftpPort].map(hold));
  await stage.tray.click("Start sharing");
  await until("the notification", () => stage.notifications().some(({ title }) => title === "Nothing is shared"));
  await window.press("Start sharing");
  await window.sees(`(process ${process.pid}) has it.`);
  await window.picture(join(PICTURES, "port-taken.png"));
  // With one of them free, the other is named where ports are set.
  holders[1].close();
  await stage.startSharing();
  await window.sees("Sharing is on");
  await window.go("#/settings");
  await window.sees(`SMB can't listen on 127.0.0.1:${stage.smbPort}`);
  holders[0].close();
  await stage.tray.click("Stop sharing");
  await until("the end of sharing", async () => (await stage.tray.menu()).includes("Start sharing"));
  await stage.tray.click("Start sharing");
  await window.misses("SMB can't listen on");
});

test("a policy file is saved, with which Explorer finds another port", async () => {
  const file = join(stage.folder, "landfall.reg");
  await window.go("#/shares/Pictures");
  await window.press("How to connect");
  await window.sees(`net use Z: \\\\127.0.0.1\\Pictures /TCPPORT:${stage.smbPort}`);
  await stage.pick("Save a policy file for Explorer …", file);
  await window.sees("Take it to the PC and open it there.");
  await window.picture(join(PICTURES, "connect.png"));
  const text = readFileSync(file).toString("utf16le");
  assert.match(text, /^\ufeffWindows Registry Editor Version 5\.00\r\n/);
  assert.match(text, /"AlternativePortMappings"=hex\(7\):/);
});

test("a device's fields are printed by the system's own dialog", async () => {
  await window.go("#/devices/+");
  await window.sees("Its log-in name");
  await window.click('//form//button[@type="submit"]');
  await window.sees("Type this into the device");
  const dialogs = () => stage.xdotool("search", "--onlyvisible", "--class", "landfall-app").trim().split("\n");
  const before = dialogs();
  await window.press("Print");
  const dialog = await until("the print dialog", () => dialogs().find((id) => !before.includes(id)));
  await window.picture(join(PICTURES, "print.png"));
  // The only printer there is: a file. The dialog may not have drawn itself yet, and is then asked once more.
  for (const pause of [500, 2000, 5000]) {
    stage.xdotool("windowactivate", "--sync", dialog);
    stage.xdotool("mousemove", "--window", dialog, "80", "88", "click", "1");
    await sleep(pause);
    stage.xdotool("key", "Return");
    if (await until("the dialog to close", () => !dialogs().includes(dialog), pause * 6).catch(() => false)) {
      break;
    }
  }
  const paper = await until("the paper", () => ["output.pdf", "Documents/output.pdf"].map((name) => join(stage.folder, name)).find((file) => existsSync(file) && readFileSync(file).includes("%%EOF")));
  const text = execFileSync("pdftotext", ["-layout", paper, "-"]).toString();
  assert.match(text, /scanner/);
  assert.match(text, /Password +\w{4}-/);
  assert.doesNotMatch(text, /Sharing is on/);
  execFileSync("pdftoppm", ["-png", "-r", "60", "-singlefile", paper, join(PICTURES, "paper")]);
});

test("activity is written to a file of comma-separated values", async () => {
  await window.go("#/activity");
  const file = join(stage.folder, "activity.csv");
  await stage.pick("Export CSV", file);
  await until("the file", () => existsSync(file) && readFileSync(file, "utf8").includes("Invoice.app/readme"));
  assert.match(readFileSync(file, "utf8"), /^\ufefftime,kind,protocol,person,address,share,path,message,times\r\n/);
});

test("a backup brings everything back, with the passwords", async () => {
  const file = join(stage.folder, "everything.landfall-backup");
  await window.go("#/settings");
  await window.press("Back up …");
  const passphrase = await until("a passphrase", () => window.property('//input[@name="passphrase"]', "value"));
  await window.picture(join(PICTURES, "backup.png"));
  await stage.pick("Choose where …", file);
  await window.sees("This is its passphrase");
  assert.ok(!readFileSync(file).includes("alice"));
  await window.press("Done");

  stage.cli("user", "remove", "alice");
  stage.cli("share", "remove", "Pictures");
  await assert.rejects(sftp(stage.sftpPort, "alice", PASSWORD, ["ls"]));
  await stage.pick("Restore …", file);
  await window.type('//input[@name="passphrase"]', "a wrong one");
  await window.press("Look inside");
  await window.sees("the passphrase is wrong");
  await window.type('//input[@name="passphrase"]', passphrase);
  await window.press("Look inside");
  await window.sees("People: alice");
  await window.picture(join(PICTURES, "restore.png"));
  await window.press("Replace everything");
  await window.sees("The backup was restored");
  await until("the share", () => smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"));
  await window.go("#/people/alice");
  await window.find('//h2[normalize-space(.)="alice"]');
  // What follows the engine follows the one that was started anew.
  const scan = join(stage.folder, "later.pdf");
  writeFileSync(scan, "%PDF-1.4");
  await smb(stage.smbPort, "Pictures", "alice", PASSWORD, `put ${scan} later.pdf`);
  await until("the notification", () => stage.notifications().some(({ text }) => text.includes("later.pdf")));
});
