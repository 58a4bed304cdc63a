// The whole story in a real window with real clients: first run, visitors, a grant withdrawn by a click, an upload
// with its notification, activity, the tray; and pictures and an accessibility check of every screen.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { sftp, sftpArguments, smb } from "./clients.mjs";
import { freePort, Processes, startDisplay, until, Window } from "./driver.mjs";
import { Tray } from "./tray.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BINARIES = process.env.LANDFALL_BINARIES ?? join(ROOT, "target/debug");
const PICTURES = process.env.LANDFALL_PICTURES ?? join(ROOT, "target/window-pictures");
const AXE = readFileSync(join(ROOT, "ui/node_modules/axe-core/axe.min.js"), "utf8");

const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), "landfall-window-"));
const data = join(folder, "data");
const shared = join(folder, "Pictures");
const [smbPort, sftpPort] = [await freePort(), await freePort()];
let env, tray, window, password;

const cli = (...words) => execFileSync(join(BINARIES, "landfall"), ["--data-dir", data, ...words], { env, stdio: "pipe" });

before(async () => {
  mkdirSync(shared);
  env = {
    ...process.env,
    LANDFALL_KEYRING: "off",
    WEBKIT_DISABLE_DMABUF_RENDERER: "1",
    GDK_BACKEND: "x11",
    LANG: "en_US.UTF-8",
    LC_ALL: "en_US.UTF-8",
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, "config"),
    XDG_DATA_HOME: join(folder, "share"),
  };
  cli("settings", "set", `smb.listen=127.0.0.1:${smbPort}`);
  cli("settings", "set", `sftp.listen=127.0.0.1:${sftpPort}`);
  env.DISPLAY = await startDisplay(processes, 1600, 1000);
  tray = await Tray.start(processes, env);
  processes.start("dunst", ["-conf", "/dev/null"], { env, stdio: ["ignore", "ignore", "ignore"] });
  window = await Window.open(processes, join(BINARIES, "landfall-app"), ["--data-dir", data], env);
  await window.sees("Welcome to Landfall");
  window.resize(1000, 680);
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed.png")).catch(() => {});
  }
});

after(async () => {
  await window?.close().catch(() => {});
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

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
  assert.match(await smb(smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  await window.sees("alice is connected from 127.0.0.1.");
  assert.match(await sftp(sftpPort, "alice", password, ["ls Pictures"]), /hello\.txt/);
  await window.press("Done");
  await window.sees("Sharing is on");
});

let staying;

test("a session appears with its protection, and goes when its client does", async () => {
  staying = processes.start("stdbuf", ["-oL", "smbclient", "//127.0.0.1/Pictures", "-p", String(smbPort), "-U", `alice%${password}`], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
  });
  await window.go("#/sessions");
  await window.sees("SMB 3.1.1");
  await window.find('//*[@role="img" and starts-with(@aria-label, "Signed with")]');
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
  await assert.rejects(smb(smbPort, "Pictures", "alice", password, "ls"), /NT_STATUS_/);
  await window.press("Undo");
  await window.find('//button[@aria-label="alice: Read, write" and @aria-pressed="true"]');
  assert.match(await smb(smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  staying.stdin.end("quit\n");
});

test("an upload arrives, is listed, and one notification tells of the burst", async () => {
  const source = join(folder, "scan.pdf");
  writeFileSync(source, Buffer.alloc(300_000, 7));
  await smb(smbPort, "Pictures", "alice", password, `put ${source} SCN_0001.pdf; put ${source} SCN_0002.pdf`);
  await window.go("#/home");
  await window.sees("SCN_0002.pdf");
  await window.go("#/activity");
  await window.sees("SCN_0001.pdf");
  const history = () => JSON.parse(execFileSync("dunstctl", ["history"], { env })).data.flat();
  const shown = () => Number(execFileSync("dunstctl", ["count", "displayed"], { env })) + history().length;
  await until("the notification", () => shown() > 0);
  await window.picture(join(PICTURES, "notification.png"));
  execFileSync("dunstctl", ["close-all"], { env });
  const told = await until("its history", () => history().length > 0 && history());
  const about = told.map((notification) => notification.body.data);
  assert.deepEqual(about, ["SCN_0001.pdf and 1 more have arrived."]);
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
    await assert.rejects(smb(smbPort, "Pictures", "dave", "wrong", "ls"));
  }
  await window.sees("Locked out after wrong passwords");
  execFileSync("dunstctl", ["close-all"], { env });
  const history = () => JSON.parse(execFileSync("dunstctl", ["history"], { env })).data.flat();
  await until("the notification of the lock-out", () => {
    execFileSync("dunstctl", ["close-all"], { env });
    return history().some((notification) => notification.summary.data === "Too many wrong passwords");
  });
  await assert.rejects(sftp(sftpPort, "dave", secret, ["ls"]));
  await window.press("Unlock");
  await window.misses("Locked out after wrong passwords");
  await sftp(sftpPort, "dave", secret, ["ls"]);
});

test("the start at log-in is the desktop's own, and what was chosen outlives the window", async () => {
  const entry = () => [join(folder, "config/autostart"), join(folder, ".config/autostart")].flatMap((place) => (existsSync(place) ? readdirSync(place) : []));
  assert.deepEqual(entry(), []);
  await window.go("#/settings");
  await window.click('//label[normalize-space(.)="Start when I log in to this computer"]');
  await until("the desktop's entry", () => entry().length === 1);
  assert.equal(JSON.parse(readFileSync(join(data, "app.json"))).autostart, true);
  await window.click('//label[normalize-space(.)="Start when I log in to this computer"]');
  await until("the entry to go", () => entry().length === 0);
});

test("a device gets an account, the fields of its panel, and reasons when it fails", async () => {
  await window.go("#/devices/+");
  await window.sees("Its log-in name");
  await window.click('//form//button[@type="submit"]');
  await window.sees("Type this into the device");
  const field = (name) => window.text(`//tr[th[normalize-space(.)="${name}"]]/td[1]`);
  assert.equal(await field("Network path"), "\\\\127.0.0.1\\Pictures");
  const [user, secret] = [await field("User name"), await field("Password")];
  assert.equal(user, "scanner");
  const old = ["-o", "KexAlgorithms=diffie-hellman-group1-sha1", "-o", "HostKeyAlgorithms=ssh-rsa"];
  await assert.rejects(sftp(sftpPort, "scanner", secret, ["ls"], old));
  await window.sees("algorithms it offers only diffie-hellman-group1-sha1");
  await assert.rejects(smb(smbPort, "Pictures", "scanner", "wrong", "ls"));
  await window.sees("the name or password is wrong");
  const page = join(folder, "page.pdf");
  writeFileSync(page, "%PDF-1.4");
  await smb(smbPort, "Pictures", "scanner", secret, `put ${page} page.pdf`);
  await window.sees("page.pdf");
  await assert.rejects(smb(smbPort, "Pictures", "scanner", secret, "get hello.txt /dev/null"), /NT_STATUS_/);
});

test("sharing is stopped and started from the tray, which says who is connected", async () => {
  const copy = await until("the tray's menu", async () => (await tray.menu()).find((entry) => entry["Copy address"]));
  assert.ok(copy["Copy address"].includes(`smb://127.0.0.1:${smbPort}/`));
  await tray.click("Stop sharing");
  await window.go("#/home");
  await window.sees("Sharing is off");
  await assert.rejects(smb(smbPort, "Pictures", "alice", password, "ls"), /CONNECTION_REFUSED/);
  await until("the other icon", async () => (await tray.menu()).includes("Start sharing"));
  await tray.click("Start sharing");
  await window.sees("Sharing is on");
  assert.match(await smb(smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
});

test("closing hides the window and goes on sharing; the tray brings it back; quitting asks", async () => {
  const shown = () => {
    try {
      return execFileSync("xdotool", ["search", "--onlyvisible", "--name", "^Landfall$"], { env, stdio: "pipe" }).length > 0;
    } catch {
      return false;
    }
  };
  const visitor = processes.start("stdbuf", ["-oL", "smbclient", "//127.0.0.1/Pictures", "-p", String(smbPort), "-U", `alice%${password}`], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
  });
  await until("the visitor in the tray", async () => (await tray.menu()).some((entry) => entry["Connected (1)"]));
  execFileSync("xdotool", ["key", "alt+F4"], { env });
  await until("the window to hide", () => !shown());
  await tray.click("Open Landfall");
  await until("the window", shown);
  await tray.click("Quit");
  await window.sees("Quit Landfall?");
  await window.press("Cancel");
  await window.misses("Quit Landfall?");
  assert.match(await smb(smbPort, "Pictures", "alice", password, "ls"), /hello\.txt/);
  visitor.stdin.end("quit\n");
});

test("every screen is free of accessibility violations, in light and dark, and has its picture", async () => {
  furnish();
  const visitors = [
    processes.start("stdbuf", ["-oL", "smbclient", "//127.0.0.1/Pictures", "-p", String(smbPort), "-U", `alice%${password}`], { stdio: ["pipe", "pipe", "pipe"], env }),
    processes.start("sshpass", sftpArguments(sftpPort, "alice", password), { stdio: ["pipe", "pipe", "pipe"], env }),
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
    for (const screen of ["home", "shares", "shares/Pictures", "people", "people/@editors", "sessions", "activity", "settings", ...MORE]) {
      await window.go(`#/${screen}`);
      const name = `${screen.replace(/\W+/g, "-")}-${theme.toLowerCase()}-${width}`;
      await window.picture(join(PICTURES, `${name}.png`));
      found.push(...(await violations()).map((violation) => `${name}: ${violation}`));
      assert.deepEqual(await overflowing(), [], `${name} is wider than the window`);
    }
  }
  visitors.forEach((visitor) => visitor.kill());
  assert.deepEqual(found, []);
});

/** Screens beyond those that the story walks through. */
const MORE = ["devices", "devices/scanner", "doctor"];

function furnish() {
  for (const name of ["bob", "carol"]) {
    execFileSync(join(BINARIES, "landfall"), ["--data-dir", data, "user", "add", name, "--password-stdin"], { env, input: "Passw0rd-here\n" });
  }
  cli("group", "add", "editors");
  cli("user", "join", "alice", "editors");
  cli("user", "join", "bob", "editors");
  for (const [name, ...options] of [["Music", "--default", "read"], ["Scans", "--default", "drop-box"], ["Office"]]) {
    mkdirSync(join(folder, name));
    cli("share", "add", name, join(folder, name), ...options);
  }
  cli("share", "set", "Office", "encrypt=on");
  cli("group", "grant", "editors", "Office", "read-write");
  cli("user", "grant", "carol", "Pictures", "read");
}

async function violations() {
  await window.run(`if (!globalThis.axe) { ${AXE} }`);
  await window.run("globalThis.checked = undefined; axe.run().then((result) => { globalThis.checked = result.violations; })");
  const result = await until("the accessibility check", () => window.run("return globalThis.checked"));
  return result.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** Elements that are cut off at the window's right edge. */
function overflowing() {
  return window.run(`
    const wide = [...document.querySelectorAll("main *, nav *")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
    return wide.map((element) => element.outerHTML.slice(0, 120));`);
}
