// What an administrator does every day, in the real window, and what real clients make of it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { overflowing, violations } from "./accessibility.mjs";
import { guest, sftp, sftpByKey, smb } from "./clients.mjs";
import { until } from "./driver.mjs";
import { PICTURES, Stage } from "./stage.mjs";

const PASSWORD = "Passw0rd-here";
/** What is wrong with what was looked at. */
const found = [];
let stage, window, shared;

before(async () => {
  stage = await Stage.set();
  shared = join(stage.folder, "Pictures");
  mkdirSync(shared);
  writeFileSync(join(shared, "hello.txt"), "hello");
  for (const name of ["alice", "bob"]) {
    stage.tell(`${PASSWORD}\n`, "user", "add", name, "--password-stdin");
  }
  stage.cli("share", "add", "Pictures", shared);
  stage.cli("user", "grant", "alice", "Pictures", "read-write");
  writeFileSync(join(stage.data, "app.json"), JSON.stringify({ welcomed: true, theme: "light" }));
  window = await stage.open();
  await window.sees("Sharing is on");
  assert.ok(await window.run("return matchMedia('(prefers-reduced-motion: reduce)').matches"));
  window.resize(1000, 680);
});

afterEach(async (context) => {
  if (context.passed === false || context.error) {
    await window.picture(join(PICTURES, "failed-everyday.png")).catch(() => {});
  }
});

after(() => stage?.strike());

const asAlice = (command) => smb(stage.smbPort, "Pictures", "alice", PASSWORD, command);
const label = (text) => `//label[starts-with(normalize-space(.), ${JSON.stringify(text)})]`;
/** The button that ends an open dialog's form. */
const SUBMIT = '//section//button[@type="submit"]';
/** The button that answers a question with yes. */
const CONFIRM = (text) => `//section[@role="dialog"]//button[normalize-space(.)="${text}"]`;
/** What a client meets changes a moment after the window's button. */
const refused = (what, attempt) => until(`${what} to be refused`, () => attempt().then(() => false, (error) => error));
const works = (what, attempt) => until(`${what} to work`, async () => (await attempt()) !== undefined);

/** Pictures in both themes, and what is wrong with what they show, which is told at the end. */
async function looked(name) {
  // What the pointer rests on would be explained.
  stage.xdotool("mousemove", "1500", "900");
  for (const theme of ["light", "dark"]) {
    await window.run("document.documentElement.dataset.mantineColorScheme = arguments[0]", theme);
    await window.picture(join(PICTURES, `${name}-${theme}-1000.png`));
    found.push(...(await violations(window)).map((violation) => `${name}, ${theme}: ${violation}`));
  }
  await window.run("document.documentElement.dataset.mantineColorScheme = 'light'");
  found.push(...(await overflowing(window)));
}

test("whoever is switched off can't log in until they are switched on", async () => {
  await window.go("#/people/alice");
  await window.press("More");
  await window.press("Switch off");
  await refused("alice", () => asAlice("ls"));
  await window.press("More");
  await window.press("Switch on");
  assert.match(await until("alice", () => asAlice("ls")), /hello\.txt/);
});

test("a password that was reset replaces the old one", async () => {
  await window.go("#/people/bob");
  await window.find('//h2[normalize-space(.)="bob"]');
  await window.press("Reset password");
  const fresh = await until("a password", () => window.property('//section//input[@name="password"]', "value"));
  await window.click(SUBMIT);
  await window.sees("The password is shown only now.");
  await window.press("Done");
  await sftp(stage.sftpPort, "bob", fresh, ["ls"]);
  await assert.rejects(sftp(stage.sftpPort, "bob", PASSWORD, ["ls"]));
  stage.tell(`${PASSWORD}\n`, "user", "passwd", "bob", "--password-stdin");
});

test("a protocol that is switched off refuses, and the other one doesn't", async () => {
  await window.go("#/people/alice");
  await window.click(label("May use SFTP"));
  await refused("SFTP", () => sftp(stage.sftpPort, "alice", PASSWORD, ["ls"]));
  assert.match(await asAlice("ls"), /hello\.txt/);
  await window.click(label("May use SFTP"));
  await works("SFTP", () => sftp(stage.sftpPort, "alice", PASSWORD, ["ls"]));
});

test("a key that is pasted logs in; what is none is refused; removing it is asked for first", async () => {
  const key = join(stage.folder, "laptop");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "laptop", "-f", key]);
  const byKey = () => sftpByKey(stage.sftpPort, "alice", key, ["ls Pictures"]);
  await window.go("#/people/alice");
  await window.press("Add key");
  await window.type("//section//textarea", "ssh-ed25519 AAAAnonsense");
  await window.click(SUBMIT);
  const said = await window.text('//section//*[contains(@class, "InputWrapper-error")]');
  assert.match(said, /^[A-Z].*\.$/);
  await looked("bad-key");
  await window.type("//section//textarea", readFileSync(`${key}.pub`, "utf8").trim());
  await window.click(SUBMIT);
  await window.sees("laptop");
  assert.match(await byKey(), /hello\.txt/);
  await window.press("Remove key: laptop");
  await window.sees("Remove the key laptop?");
  await looked("remove-key");
  await window.press("Cancel");
  await window.misses("Remove the key laptop?");
  assert.match(await byKey(), /hello\.txt/);
  await window.press("Remove key: laptop");
  await window.click(CONFIRM("Remove key"));
  await window.sees("The key was removed");
  await assert.rejects(byKey());
});

test("a group opens a share to its members", async () => {
  const asBob = () => smb(stage.smbPort, "Pictures", "bob", PASSWORD, "ls");
  await assert.rejects(asBob(), /NT_STATUS_/);
  await window.go("#/people/@");
  await window.press("Add group");
  await window.type('//input[@name="group"]', "editors");
  await window.click(SUBMIT);
  await window.find('//h2[normalize-space(.)="editors"]');
  await window.click('//input[@placeholder="Choose people"]');
  await window.press("bob");
  await until("the member", () => stage.cli("group", "list").toString().includes("bob"));
  await window.go("#/shares/Pictures");
  await window.press("editors: Read");
  assert.match(await until("the grant", asBob), /hello\.txt/);
});

test("an option of a share holds at once, and can be undone", async () => {
  const put = (name) => asAlice(`put ${join(shared, "hello.txt")} ${name}`);
  await window.go("#/shares/Pictures");
  await window.press("Options");
  await window.click(label("Read only"));
  await window.sees("Read only: on");
  await refused("writing", () => put("refused.txt"));
  await window.press("Undo");
  await works("writing", () => put("written.txt"));
  assert.ok(!existsSync(join(shared, "refused.txt")));
});

test("guests come in where a share lets them", async () => {
  await assert.rejects(guest(stage.smbPort, "Pictures", "ls"), /NT_STATUS_/);
  await window.go("#/shares");
  await window.sees("Share a folder");
  await window.go("#/shares/Pictures");
  await window.click('//input[@aria-labelledby="everyone-label"]');
  await window.press("Read");
  await window.sees("Everyone else: Read");
  await window.press("Options");
  await window.click(label("Guests"));
  await window.sees("Guests: on");
  assert.match(await until("a guest", () => guest(stage.smbPort, "Pictures", "ls")), /hello\.txt/);
  await window.press("Undo");
  await refused("a guest", () => guest(stage.smbPort, "Pictures", "ls"));
});

test("a folder that is no longer shared keeps its files", async () => {
  const music = join(stage.folder, "Music");
  mkdirSync(music);
  writeFileSync(join(music, "song.ogg"), "la");
  stage.cli("share", "add", "Music", music);
  await window.go("#/shares/Music");
  await window.find('//h1[contains(., "Music")]');
  await window.press("More");
  await window.press("Stop sharing this folder");
  await window.sees("and its files stay as they are");
  await window.click(CONFIRM("Stop sharing this folder"));
  await window.sees("Music is no longer shared");
  assert.ok(!stage.cli("share", "list").toString().includes("Music"));
  assert.equal(readFileSync(join(music, "song.ogg"), "utf8"), "la");
});

test("an address is blocked for a while, let in, and blocked again by undoing that", async () => {
  stage.smbclient("Pictures", "alice", PASSWORD);
  await window.go("#/sessions");
  await window.press("Actions for alice");
  await window.press("Block 127.0.0.1 for 15 minutes");
  await window.sees("Blocked addresses");
  await refused("the address", () => asAlice("ls"));
  await window.press("Let in again: 127.0.0.1");
  await window.sees("127.0.0.1 may connect again");
  await works("the address", () => asAlice("ls"));
  await window.press("Undo");
  await window.find('//button[@aria-label="Let in again: 127.0.0.1"]');
  await refused("the address", () => asAlice("ls"));
  await window.press("Let in again: 127.0.0.1");
  await works("the address", () => asAlice("ls"));
});

test("who is locked out is shown, addresses too, and is unlocked by a click", async () => {
  stage.cli("settings", "set", "lockout.attempts=1", "lockout.first=1h");
  const wrong = (name) => assert.rejects(smb(stage.smbPort, "Pictures", name, "wrong", "ls"));
  await window.go("#/sessions");
  for (const name of ["alice", "bob", "carol", "dave", "erin", "frank"]) {
    await wrong(name);
  }
  await window.sees("Locked out");
  await window.find('//*[@class="row" or contains(@class, "row")]//*[normalize-space(.)="127.0.0.1"]');
  await window.run('__TAURI_INTERNALS__.invoke("admin", { call: { call: "block-address", address: "192.0.2.7", seconds: null } })');
  await window.sees("192.0.2.7");
  await looked("kept-out");
  await window.press("Unlock bob");
  await until("bob to go", () => window.run("return document.querySelector('[aria-label=\"Unlock bob\"]') === null"));
  await window.press("Unlock alice");
  await refused("the address", () => asAlice("ls"));
  await window.press("Unlock 127.0.0.1");
  await works("alice", () => asAlice("ls"));
  // Those that came after the address was locked were not counted, and how soon that was depends on the tests before.
  await wrong("gina");
  await wrong("hugo");
  await window.sees("hugo");
  await window.press("Unlock all");
  await window.misses("Locked out");
  assert.match(await asAlice("ls"), /hello\.txt/);
  // What ends by itself goes by itself; not before it was seen, on a machine that does much else.
  stage.cli("settings", "set", "lockout.first=30s");
  await wrong("carol");
  await window.sees("Locked out");
  await window.misses("Locked out");
  await window.press("Let in again: 192.0.2.7");
  await window.go("#/people/bob");
  await wrong("bob");
  await window.sees("Locked out after wrong passwords");
  await window.misses("Locked out after wrong passwords");
  stage.cli("settings", "set", "lockout.attempts=", "lockout.first=");
});

test("activity is searched and narrowed down", async () => {
  await window.go("#/activity");
  const entries = async () => Number((await window.text('//main//*[@role="status"]')).replace(/\D/g, "") || "0");
  const all = await until("entries", async () => (await entries()) || undefined);
  await window.type('//input[@placeholder="File, person or address"]', "written.txt");
  const found = await until("fewer entries", async () => ((await entries()) < all && (await entries())) || undefined);
  assert.ok(found > 0);
  await window.press("Clear filters");
  await until("all of them", async () => (await entries()) >= all);
  await window.click('//input[@placeholder="Any kind"]');
  await window.press("File written");
  await until("one kind", async () => (await entries()) < all && (await entries()) > 0);
  await window.type('//input[@placeholder="File, person or address"]', "nothing is called so");
  await window.sees("Nothing matches.");
  await window.press("Clear filters");
});

test("a limit that is changed is kept", async () => {
  await window.go("#/settings");
  const field = '//label[normalize-space(.)="Wrong passwords until lock-out"]/following::input[1]';
  await until("the limit", async () => (await window.property(field, "value")) === "5");
  await window.type(field, "7");
  await window.run("document.activeElement.blur()");
  await until("the setting", () => /lockout\.attempts\W+7\b/.test(stage.cli("settings", "list").toString()));
  await window.go("#/home");
  await window.sees("Throughput");
  await window.go("#/settings");
  await until("the limit", async () => (await window.property(field, "value")) === "7");
});

test("the fingerprint that is shown is the one that clients see", async () => {
  const keys = execFileSync("ssh-keyscan", ["-p", String(stage.sftpPort), "127.0.0.1"], { stdio: "pipe" });
  const file = join(stage.folder, "host_keys");
  writeFileSync(file, keys);
  const fingerprints = execFileSync("ssh-keygen", ["-l", "-f", file]).toString().match(/SHA256:\S+/g);
  assert.ok(fingerprints.length > 0);
  await window.go("#/settings");
  for (const fingerprint of fingerprints) {
    await window.sees(fingerprint);
  }
});

test("the palette finds a person", async () => {
  await window.go("#/home");
  await window.sees("Throughput");
  stage.xdotool("key", "ctrl+k");
  await window.find('//input[starts-with(@placeholder, "Search for a screen")]');
  stage.xdotool("type", "bob");
  await window.find('//*[@role="option" or self::button][contains(., "bob")]');
  await looked("palette");
  stage.xdotool("key", "Return");
  await until("the person", () => window.run("return location.hash === '#/people/bob'"));
});

test("dialogs are free of accessibility violations, and so are screens in German", async () => {
  await window.go("#/people/+");
  await until("a password", () => window.property('//section//input[@name="password"]', "value"));
  await looked("add-person");
  await window.press("Cancel");
  await window.go("#/settings");
  await window.click('//input[@value="System" and @aria-haspopup="listbox"]');
  await window.press("Deutsch");
  await window.sees("Einstellungen");
  await looked("settings-german");
  await window.go("#/shares/Pictures");
  await window.sees("Wer darf was");
  await looked("share-german");
  assert.deepEqual(found, []);
});
