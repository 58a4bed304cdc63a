// The Debian package is installed, its app started in a window by an account without privileges, where SMB has port 445,
// and removed again.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { smb } from "../window/clients.mjs";
import { Processes, startDisplay, until } from "../window/driver.mjs";

const BUNDLES = fileURLToPath(new URL("../../target/release/bundle/deb/", import.meta.url));
const APP = "/usr/bin/landfall-app";
/** Only to set up people and shares: the package holds the app alone. */
const CLI = fileURLToPath(new URL("../../target/debug/landfall", import.meta.url));
/** An account that may nothing: what the app can do, the package lets it do. */
const NOBODY = ["--reuid=65534", "--regid=65534", "--clear-groups"];
const processes = new Processes();
const folder = mkdtempSync(join(tmpdir(), "landfall-package-"));
const quiet = { stdio: "pipe", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };

after(async () => {
  await processes.end();
  rmSync(folder, { recursive: true, force: true });
});

const PASSWORD = "Passw0rd-here";

test("the package is installed, serves on port 445 without privileges, and leaves nothing behind", async () => {
  const [newest] = readdirSync(BUNDLES)
    .filter((name) => name.endsWith(".deb"))
    .map((name) => join(BUNDLES, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  execFileSync("apt-get", ["install", "-y", "-q", newest], quiet);
  try {
    assert.match(execFileSync("/sbin/getcap", ["/usr/lib/landfall/landfall-bind"]).toString(), /cap_net_bind_service/);
    // Not what draws windows, which any account could start.
    assert.equal(execFileSync("/sbin/getcap", [APP, "/usr/bin/landfall"]).toString(), "");
    assert.ok(existsSync("/usr/lib/systemd/system/landfall.service"));
    const display = await startDisplay(processes, 1200, 800);
    const [shared, data] = [join(folder, "shared"), join(folder, "data")];
    const env = {
      ...process.env,
      DISPLAY: display,
      LANDFALL_KEYRING: "off",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      GDK_BACKEND: "x11",
      HOME: folder,
      XDG_RUNTIME_DIR: join(folder, "run"),
      XDG_CACHE_HOME: join(folder, "cache"),
      XDG_DATA_HOME: join(folder, "share"),
      XDG_CONFIG_HOME: join(folder, "config"),
    };
    for (const name of ["shared", "data", "run", "share", "config", "cache"]) {
      mkdirSync(join(folder, name), { mode: 0o700 });
    }
    execFileSync("chown", ["-R", "nobody", folder]);
    const landfall = (...words) => execFileSync("setpriv", [...NOBODY, CLI, "--data-dir", data, ...words], { env, input: `${PASSWORD}\n` });
    landfall("settings", "set", "smb.listen=127.0.0.1:445");
    landfall("settings", "set", "sftp.listen=off");
    landfall("user", "add", "alice", "--password-stdin");
    landfall("share", "add", "Shared", shared, "--default", "read-write");

    const app = processes.start("setpriv", [...NOBODY, "dbus-run-session", "--", APP, "--data-dir", data], { env });
    await until("the window", () => execFileSync("xdotool", ["search", "--onlyvisible", "--name", "^Landfall$"], { env, stdio: "pipe" }).length > 0);
    // Painted: no longer one colour.
    const colours = () => Number(execFileSync("import", ["-window", "root", "-format", "%k", "info:"], { env }).toString());
    await until("the first paint", () => colours() > 100);
    const listing = await until("port 445", () => smb(445, "Shared", "alice", PASSWORD, `put ${CLI} landfall; ls`));
    assert.match(listing, /landfall/);
    assert.ok(existsSync(join(shared, "landfall")));
    assert.equal(app.exitCode, null);
  } finally {
    await processes.end();
    execFileSync("apt-get", ["remove", "-y", "-q", "landfall"], quiet);
  }
  assert.ok(!existsSync(APP));
});
