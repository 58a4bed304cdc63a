// The Debian package is installed, its app started in a window, where SMB has port 445, and removed again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Processes, startDisplay, until } from "../window/driver.mjs";

const BUNDLES = fileURLToPath(new URL("../../target/release/bundle/deb/", import.meta.url));
const APP = "/usr/bin/landfall-app";
const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), "landfall-package-"));
const quiet = { stdio: "pipe", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };

after(async () => {
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

test("the package is installed, starts, and leaves nothing behind", async () => {
  const [newest] = readdirSync(BUNDLES)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(BUNDLES, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  execFileSync("apt-get", ["install", "-y", "-q", newest], quiet);
  try {
    assert.match(execFileSync("/sbin/getcap", [APP]).toString(), /cap_net_bind_service/);
    const display = await startDisplay(processes, 1200, 800);
    const env = {
      ...process.env,
      DISPLAY: display,
      LANDFALL_KEYRING: "off",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      GDK_BACKEND: "x11",
      XDG_DATA_HOME: join(folder, "share"),
      XDG_CONFIG_HOME: join(folder, "config"),
    };
    const started = Date.now();
    const app = processes.start(APP, ["--data-dir", join(folder, "data")], { env });
    await until("the window", () => execFileSync("xdotool", ["search", "--onlyvisible", "--name", "^Landfall$"], { env, stdio: "pipe" }).length > 0);
    // Painted: no longer one colour.
    const colours = () => Number(execFileSync("import", ["-window", "root", "-format", "%k", "info:"], { env }).toString());
    await until("the first paint", () => colours() > 100);
    console.log(`first paint after ${Date.now() - started} ms, pictures included`);
    await until("the control socket", () => existsSync(join(folder, "data", "control.sock")));
    const status = JSON.parse(execFileSync("ps", ["-o", "rss=", "-p", String(app.pid)]).toString().trim());
    console.log(`installed ${Math.round(statSync(APP).size / 1e6)} MB, resident ${Math.round(status / 1000)} MB without the web view's processes`);
    assert.equal(app.exitCode, null);
  } finally {
    execFileSync("apt-get", ["remove", "-y", "-q", "landfall"], quiet);
  }
  assert.ok(!existsSync(APP));
});
