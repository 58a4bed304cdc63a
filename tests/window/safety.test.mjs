// What the window says and sets of safety: limits, shares that are not served or open by another way, old protocols,
// and a version that has become old.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { overflowing, unreachable, violations } from "./accessibility.mjs";
import { sftpArguments, smb } from "./clients.mjs";
import { until } from "./driver.mjs";
import { PICTURES, ROOT, Stage } from "./stage.mjs";

const PASSWORD = "Passw0rd-here";
/** What is wrong with what was looked at. */
const found = [];
let stage, window, shared;

before(async () => {
  stage = await Stage.set();
  shared = join(stage.folder, "Pictures");
  const swapped = join(stage.folder, "Swapped");
  for (const folder of [shared, join(shared, "Holidays"), swapped]) {
    mkdirSync(folder);
  }
  stage.tell(`${PASSWORD}\n`, "user", "add", "alice", "--password-stdin");
  stage.cli("share", "add", "Pictures", shared);
  stage.cli("share", "add", "Holidays", join(shared, "Holidays"));
  stage.cli("share", "add", "Swapped", swapped);
  stage.cli("user", "grant", "alice", "Pictures", "read-write");
  writeFileSync(join(stage.data, "app.json"), JSON.stringify({ welcomed: true, theme: "light" }));
  // Whoever may change what is above a shared folder can put something else in its place.
  renameSync(swapped, `${swapped} away`);
  symlinkSync(stage.data, swapped);
  window = await stage.open();
  await window.sees("Sharing is on");
  window.resize(1000, 680);
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed-safety.png")).catch(() => {});
  }
});

after(() => stage?.strike());

const label = (text) => `//label[starts-with(normalize-space(.), ${JSON.stringify(text)})]`;
const setting = (name) => stage.cli("settings", "list").toString().match(new RegExp(`${name.replace(".", "\\.")}\\W+(\\S+)`))?.[1];

/** Pictures in both themes, and what is wrong with what they show, which is told at the end. */
async function looked(name) {
  stage.xdotool("mousemove", "1500", "900");
  for (const theme of ["light", "dark"]) {
    await window.run("document.documentElement.dataset.mantineColorScheme = arguments[0]", theme);
    await window.picture(join(PICTURES, `${name}-${theme}-1000.png`));
    found.push(...(await violations(window)).map((violation) => `${name}, ${theme}: ${violation}`));
  }
  await window.run("document.documentElement.dataset.mantineColorScheme = 'light'");
  found.push(...(await unreachable(window)), ...(await overflowing(window)));
}

test("what is limited is shown, with who takes the most of it", async () => {
  const client = stage.smbclient("Pictures", "alice", PASSWORD);
  await window.go("#/sessions");
  await window.sees("alice");
  await window.press("Limits");
  await window.sees("Open files and folders");
  await window.sees("alice");
  await looked("limits");
  await window.press("Close");
  client.stdin.write("quit\n");
});

test("a share that holds Landfall's own data is not served, and says why", async () => {
  await window.go("#/home");
  await window.sees("Not served");
  await looked("home-not-served");
  await window.go("#/shares");
  await window.sees("Not served, because it is in Landfall's own data");
});

test("a share inside another says who comes in by that way", async () => {
  await window.go("#/shares/Holidays");
  await window.sees("This folder is inside that of “Pictures”.");
  await window.press("Options");
  await window.sees("neither signed nor encrypted");
  await looked("nested");
  await window.go("#/shares/Pictures");
  await window.find('//h1[contains(., "Pictures")]');
  await window.misses("This folder is inside");
});

/** Whether the window shows a switch as on: it hears of what was set a moment later than the command line. */
const isOn = (text) => window.run("return [...document.querySelectorAll('label')].find((label) => label.textContent.startsWith(arguments[0]))?.control?.checked", text);

test("SMB 2 is ended by one switch, which names who speaks it", async () => {
  const old = (command) => smb(stage.smbPort, "Pictures", "alice", PASSWORD, command, ["-m", "SMB2_10"]);
  const args = [`//127.0.0.1/Pictures`, "-p", String(stage.smbPort), "-U", `alice%${PASSWORD}`, "-m", "SMB2_10"];
  stage.processes.start("stdbuf", ["-oL", "smbclient", ...args], { stdio: ["pipe", "pipe", "pipe"], env: stage.env });
  await window.go("#/settings");
  await window.sees("alice (127.0.0.1, SMB 2.1)");
  await window.click(label("Accept SMB 2"));
  await window.sees("End SMB 2?");
  await looked("end-smb2");
  await window.click('//section[@role="dialog"]//button[normalize-space(.)="End SMB 2"]');
  await until("the setting", () => setting("smb.min-dialect") === "3.0");
  await until("SMB 2 to be refused", () => old("ls").then(() => false, () => true));
  await smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls");
  await until("the switch", async () => !(await isOn("Accept SMB 2")));
  await window.click(label("Accept SMB 2"));
  await until("SMB 2", () => old("ls").then(() => true));
});

test("a disk that does not answer keeps neither the window nor another share waiting", { skip: !existsSync("/dev/fuse") }, async () => {
  const [nas, behind] = ["NAS", "behind"].map((name) => join(stage.folder, name));
  mkdirSync(nas);
  mkdirSync(behind);
  const script = join(ROOT, "tests/python/slow_disk.py");
  const disk = stage.processes.start(process.env.LANDFALL_PYTHON ?? "python3", [script, behind, nas, "0", "0"], { env: stage.env });
  await until("the disk", () => disk.output.includes("ready"));
  stage.cli("share", "add", "NAS", nas);
  stage.cli("user", "grant", "alice", "NAS", "read-write");
  await window.go("#/shares");
  await window.sees(nas);
  disk.kill("SIGSTOP");
  try {
    await window.go("#/home");
    await window.sees("Sharing is on");
    await window.go("#/shares");
    await window.sees(`This disk does not answer: ${nas}`);
    await looked("shares-silent-disk");
    assert.match(await smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"), /Holidays/);
    assert.ok((await stage.tray.menu()).includes("Stop sharing"));
    await window.go("#/doctor");
    await window.press("Examine");
    await window.sees(`the disk of the share NAS does not answer: ${nas}`);
    await looked("doctor-silent-disk");
  } finally {
    disk.kill("SIGCONT");
  }
  await window.go("#/shares");
  await window.misses("does not answer");
  stage.cli("share", "remove", "NAS");
});

test("a new password ends what the old one opened, unless that is not wanted", async () => {
  const inside = (password) => stage.processes.start("sshpass", sftpArguments(stage.sftpPort, "alice", password), { stdio: ["pipe", "pipe", "pipe"], env: stage.env });
  const sessions = () => stage.cli("session", "list").toString().match(/\bSFTP\b/gi)?.length ?? 0;
  const reset = async (end) => {
    await window.press("Reset password");
    const fresh = await until("a password", () => window.property('//section//input[@name="password"]', "value"));
    if (!end) {
      await window.click(label("End the connections that the old password opened"));
    }
    await looked(`reset-${end ? "end" : "keep"}`);
    await window.click('//section//button[@type="submit"]');
    await window.sees("The password is shown only now.");
    await window.press("Done");
    return fresh;
  };
  inside(PASSWORD);
  await until("the session", () => sessions() === 1);
  await window.go("#/people/alice");
  const fresh = await reset(true);
  // The client itself only notices when it is told to do something.
  await until("the session to end", () => sessions() === 0);
  const owner = inside(fresh);
  await until("the session", () => sessions() === 1);
  await reset(false);
  assert.equal(sessions(), 1);
  assert.equal(owner.exitCode, null);
  owner.kill();
});

test("what confines the server is said", async () => {
  await window.go("#/settings");
  await window.sees("What serves others may");
  await looked("settings");
});

test("how log-ins are proven and last is set", async () => {
  await window.go("#/settings");
  const lifetime = '//label[starts-with(normalize-space(.), "SMB log-ins hold for")]/following::input[1]';
  await window.type(lifetime, "10h");
  await window.run("document.activeElement.blur()");
  await until("the setting", () => setting("smb.session-lifetime") === "10h");
  await window.type(lifetime, "soon");
  await window.run("document.activeElement.blur()");
  await window.sees("at least 1m");
  await looked("log-ins");
  const passwords = "Accept passwords over SFTP";
  await window.click(label(passwords));
  await until("the setting", () => setting("sftp.passwords") === "off");
  await until("the switch", async () => !(await isOn(passwords)));
  await window.click(label(passwords));
  await until("the setting", () => setting("sftp.passwords") === "on");
});

test("a version that has become old says so, until nobody wants to hear it", async () => {
  await window.run("const now = Date.now(); Date.now = () => now + 300 * 86400000");
  await window.go("#/home");
  await window.sees("This version of Landfall is 9 months old");
  await looked("old-version");
  await window.press("Don't say this any more");
  await window.misses("months old");
  await until("the choice", () => JSON.parse(readFileSync(join(stage.data, "app.json"), "utf8")).notify_age === false);
});

test("what was looked at is free of accessibility violations", () => {
  assert.deepEqual(found, []);
});
