// The app as the log-in starts it: in the tray, sharing, without a window until one is asked for.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { smb } from "./clients.mjs";
import { until } from "./driver.mjs";
import { BINARIES, Stage } from "./stage.mjs";

const PASSWORD = "Passw0rd-here";
let stage;

before(async () => {
  stage = await Stage.set();
  const shared = join(stage.folder, "Pictures");
  mkdirSync(shared);
  writeFileSync(join(shared, "hello.txt"), "hello");
  stage.tell(`${PASSWORD}\n`, "user", "add", "alice", "--password-stdin");
  stage.cli("share", "add", "Pictures", shared);
  stage.cli("user", "grant", "alice", "Pictures", "read-write");
});

after(() => stage?.strike());

const start = (...words) => stage.processes.start(join(BINARIES, "landfall-app"), [...words, "--data-dir", stage.data], { env: stage.env });
const choose = (choices) => writeFileSync(join(stage.data, "app.json"), JSON.stringify({ welcomed: true, ...choices }));
const shown = () => {
  try {
    return stage.xdotool("search", "--onlyvisible", "--name", "^Landfall$").length > 0;
  } catch {
    return false;
  }
};

/** It shares, has its icon, and no window; which then comes by the tray. Quitting ends it, as nobody is connected. */
async function staysInTheTray(app) {
  const listing = await until("sharing", () => smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"));
  assert.match(listing, /hello\.txt/);
  await until("the tray's menu", async () => (await stage.tray.menu()).includes("Open Landfall"));
  assert.equal(shown(), false);
  await stage.tray.click("Open Landfall");
  await until("the window", shown);
  await stage.tray.click("Quit");
  await until("the end", () => app.exitCode !== null);
  assert.equal(app.exitCode, 0);
  await assert.rejects(smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"), /CONNECTION_REFUSED/);
}

test("the start at log-in shows no window", async () => {
  choose({});
  await staysInTheTray(start("--minimized"));
});

test("whoever wants no window at any start gets none", async () => {
  choose({ start_minimized: true });
  await staysInTheTray(start());
});

test("any other start shows the window", async () => {
  choose({});
  const app = start();
  await until("the window", shown);
  await until("the tray's menu", async () => (await stage.tray.menu()).includes("Quit"));
  await stage.tray.click("Quit");
  await until("the end", () => app.exitCode !== null);
});

test("the system ends it without a question, and what is under way is finished", async () => {
  choose({});
  const app = start("--minimized");
  await until("sharing", () => smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"));
  const visitor = stage.smbclient("Pictures", "alice", PASSWORD);
  await until("the visitor in the tray", async () => (await stage.tray.menu()).some((entry) => entry["Connected (1)"]));
  app.kill("SIGTERM");
  await until("the end", () => app.exitCode !== null || app.signalCode !== null);
  assert.equal(app.exitCode, 0);
  assert.match(stage.cli("activity").toString(), /sharing stopped\s*$/);
  visitor.kill();
});

test("quitting from there asks in a window that was never shown before", async () => {
  choose({});
  const app = start("--minimized");
  await until("sharing", () => smb(stage.smbPort, "Pictures", "alice", PASSWORD, "ls"));
  stage.smbclient("Pictures", "alice", PASSWORD);
  await until("the visitor in the tray", async () => (await stage.tray.menu()).some((entry) => entry["Connected (1)"]));
  await stage.tray.click("Quit");
  await until("the window", shown);
  // Without WebDriver there is what a person sees: a question with one red button.
  const [x, y] = await until("the question", () => middleOf("#e03131"));
  stage.xdotool("mousemove", String(x), String(y), "click", "1");
  await until("the end", () => app.exitCode !== null);
});

/** The middle of what has a colour on the screen, if that is as large as a button. */
function middleOf(colour) {
  const file = join(stage.folder, "screen.png");
  execFileSync("import", ["-window", "root", file], { env: stage.env });
  const only = ["-fuzz", "3%", "-fill", "white", "+opaque", colour, "-trim", "-format", "%w %h %X %Y", "info:"];
  const [width, height, left, top] = execFileSync("convert", [file, ...only], { stdio: "pipe" }).toString().split(" ").map(Number);
  return width >= 60 && height >= 24 && width < 400 && [left + width / 2, top + height / 2];
}
