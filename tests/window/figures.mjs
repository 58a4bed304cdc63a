// The app's own figures, one line of JSON each: start to first paint, memory at rest, size, and how even its frames
// are with 500 sessions changing every second and a million rows of activity.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "./driver.mjs";
import { BINARIES, ROOT, Stage } from "./stage.mjs";

const STARTS = 5;
const SESSIONS = 500;
const ROWS = 1_000_000;
const WATCHED_MS = 10_000;
const PASSWORD = "Passw0rd-here";

const say = (row, value, unit, limit) => console.log(JSON.stringify({ row, value: Math.round(value * 10) / 10, unit, limit }));

/** When the log says that the window was painted, in milliseconds since 1970. */
function painted(data) {
  const logs = join(data, "logs");
  const lines = existsSync(logs) ? readdirSync(logs).flatMap((name) => readFileSync(join(logs, name), "utf8").split("\n")) : [];
  const line = lines.find((line) => line.includes("the window is painted"));
  return line && Date.parse(line.trim().split(/\s/)[0]);
}

/** Proportional memory of a process and all that it started, in bytes. */
function memory(pid) {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return { pid: Number(name), parent: Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1).split(" ")[1]) };
    } catch {
      return undefined;
    }
  });
  const family = [pid];
  for (const one of family) {
    family.push(...parents.filter((other) => other?.parent === one).map((other) => other.pid));
  }
  const shares = family.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0));
  return shares.reduce((sum, kilobytes) => sum + kilobytes * 1024, 0);
}

const start = (stage, ...words) => stage.processes.start(join(BINARIES, "landfall-app"), [...words, "--data-dir", stage.data], { env: stage.env });

async function end(app) {
  app.kill("SIGKILL");
  await once(app, "exit");
}

async function starts(stage) {
  const times = [];
  for (let number = 0; number < STARTS; number += 1) {
    rmSync(join(stage.data, "logs"), { recursive: true, force: true });
    const at = Date.now();
    const app = start(stage);
    times.push((await until("the first paint", () => painted(stage.data))) - at);
    if (number === STARTS - 1) {
      await sleep(10_000);
      say("app-idle-memory", memory(app.pid) / 1e6, "MB");
    }
    await end(app);
  }
  times.sort((a, b) => a - b);
  say("app-first-paint", times[Math.floor(STARTS / 2)], "ms", 1000);
  const app = start(stage, "--minimized");
  await sleep(10_000);
  say("app-idle-memory-in-tray", memory(app.pid) / 1e6, "MB");
  await end(app);
}

/** Scrolls a list for a while; gives the times between frames, sorted. */
async function frames(window, selector) {
  await window.run(
    `const list = document.querySelector(arguments[0]);
     globalThis.frames = [];
     globalThis.watched = false;
     const until = performance.now() + arguments[1];
     let last = performance.now();
     const frame = (now) => {
       globalThis.frames.push(now - last);
       last = now;
       list.scrollTop = (list.scrollTop + 40) % Math.max(1, list.scrollHeight - list.clientHeight);
       now < until ? requestAnimationFrame(frame) : (globalThis.watched = true);
     };
     requestAnimationFrame(frame);`,
    selector,
    WATCHED_MS,
  );
  await until("the last frame", () => window.run("return globalThis.watched"), WATCHED_MS * 3);
  const times = await window.run("return globalThis.frames.slice(2)");
  return times.sort((a, b) => a - b);
}

function sayFrames(row, times) {
  say(`${row}-p95`, times[Math.floor(times.length * 0.95)], "ms", 50);
  say(`${row}-longest`, times.at(-1), "ms", 250);
}

async function crowd(stage) {
  const script = join(ROOT, "tests/python/crowd.py");
  const args = [script, String(stage.smbPort), "Shared", "alice", PASSWORD, String(SESSIONS)];
  const crowd = stage.processes.start(process.env.LANDFALL_PYTHON ?? "python3", args, { env: stage.env, stdio: ["pipe", "pipe", "pipe"] });
  await until("the crowd", () => crowd.output.includes("ready"), 120_000);
}

/** Activity as if much had happened. */
function history(stage) {
  const script = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute("PRAGMA synchronous = OFF")
db.executemany("INSERT INTO activity (at_ms, kind, protocol, user, address, share, path, message) VALUES (?, 'file-written', 'smb', 'alice', '192.0.2.1', 'Shared', ?, 'written')",
    ((1790000000000 + row, f"folder {row % 97}/file {row}.bin") for row in range(${ROWS})))
db.commit()`;
  execFileSync("/usr/bin/python3", ["-c", script, join(stage.data, "landfall.db")]);
}

/** The end of the list is reached, and the first thing that happened shows there. */
async function oldest(window) {
  const at = Date.now();
  await window.run("const list = document.querySelector('.happenings'); list.scrollTop = list.scrollHeight");
  await window.sees("folder 0/file 0.bin");
  say("app-activity-oldest", Date.now() - at, "ms", 2000);
}

const stage = await Stage.set();
try {
  const shared = join(stage.folder, "Shared");
  mkdirSync(shared);
  stage.tell(`${PASSWORD}\n`, "user", "add", "alice", "--password-stdin");
  stage.cli("settings", "set", `activity.keep=${2 * ROWS}`);
  stage.cli("share", "add", "Shared", shared, "--default", "read-write");
  writeFileSync(join(stage.data, "app.json"), JSON.stringify({ welcomed: true, notify_uploads: false }));
  say("app-binary", statSync(join(BINARIES, "landfall-app")).size / 1e6, "MB");
  await starts(stage);
  history(stage);
  const window = await stage.open();
  await window.sees("Sharing is on");
  window.resize(1600, 1000);
  await window.go("#/activity");
  await window.sees("1,000,0");
  await oldest(window);
  sayFrames("app-activity-frame", await frames(window, ".happenings"));
  await window.go("#/sessions");
  await crowd(stage);
  await until("the sessions", () => window.run("return document.querySelectorAll('.visitor').length > 5"));
  sayFrames("app-sessions-frame", await frames(window, ".visitors"));
} finally {
  await stage.strike();
}
