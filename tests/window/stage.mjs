// A desktop of its own for a test: a screen, a tray, a notification daemon, a data folder, and the app's window.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePorts, Processes, startDisplay, until, Window } from "./driver.mjs";
import { Tray } from "./tray.mjs";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILE_MANAGER = fileURLToPath(new URL("file_manager.py", import.meta.url));
export const BINARIES = process.env.LANDFALL_BINARIES ?? join(ROOT, "target/debug");
export const PICTURES = process.env.LANDFALL_PICTURES ?? join(ROOT, "target/window-pictures");

export class Stage {
  processes = new Processes();
  folder = mkdtempSync(join(tmpdir(), "landfall-window-"));
  data = join(this.folder, "data");

  static async set() {
    const stage = new Stage();
    [stage.smbPort, stage.sftpPort] = await freePorts(2);
    // What the app opens by the desktop is noted instead.
    const programs = join(stage.folder, "programs");
    mkdirSync(programs);
    const open = join(programs, "xdg-open");
    writeFileSync(open, `#!/bin/sh\necho "$1" >> ${join(stage.folder, "opened")}\n`);
    chmodSync(open, 0o755);
    stage.env = {
      ...process.env,
      PATH: `${programs}:${process.env.PATH}`,
      LANDFALL_KEYRING: "off",
      WEBKIT_DISABLE_DMABUF_RENDERER: "1",
      GDK_BACKEND: "x11",
      LANG: "en_US.UTF-8",
      LC_ALL: "en_US.UTF-8",
      HOME: stage.folder,
      XDG_CONFIG_HOME: join(stage.folder, "config"),
      XDG_DATA_HOME: join(stage.folder, "share"),
    };
    // As someone has it who wants nothing to move: so does a test.
    const gtk = join(stage.env.XDG_CONFIG_HOME, "gtk-3.0");
    mkdirSync(gtk, { recursive: true });
    writeFileSync(join(gtk, "settings.ini"), "[Settings]\ngtk-enable-animations=false\n");
    stage.cli("settings", "set", `smb.listen=127.0.0.1:${stage.smbPort}`);
    stage.cli("settings", "set", `sftp.listen=127.0.0.1:${stage.sftpPort}`);
    stage.env.DISPLAY = await startDisplay(stage.processes, 1600, 1000);
    const manager = stage.processes.start("/usr/bin/python3", [FILE_MANAGER, join(stage.folder, "revealed")], { env: stage.env });
    await until("the file manager", () => manager.output.includes("is there"));
    stage.tray = await Tray.start(stage.processes, stage.env);
    stage.processes.start("dunst", ["-conf", "/dev/null"], { env: stage.env, stdio: ["ignore", "ignore", "ignore"] });
    return stage;
  }

  /** The app's window, in the size of a small laptop's. */
  async open() {
    this.window = await Window.open(this.processes, join(BINARIES, "landfall-app"), ["--data-dir", this.data], this.env);
    return this.window;
  }

  cli(...words) {
    return execFileSync(join(BINARIES, "landfall"), ["--data-dir", this.data, ...words], { env: this.env, stdio: "pipe" });
  }

  /** A command with something on its standard input. */
  tell(input, ...words) {
    return execFileSync(join(BINARIES, "landfall"), ["--data-dir", this.data, ...words], { env: this.env, input });
  }

  /** An interactive smbclient, which stays. */
  smbclient(share, person, password) {
    const args = ["-oL", "smbclient", `//127.0.0.1/${share}`, "-p", String(this.smbPort), "-U", `${person}%${password}`];
    return this.processes.start("stdbuf", args, { stdio: ["pipe", "pipe", "pipe"], env: this.env });
  }

  xdotool(...words) {
    return execFileSync("xdotool", words, { env: this.env, stdio: "pipe" }).toString();
  }

  /** Presses a button that opens the system's file picker, types a path into that, and confirms. */
  async pick(button, path) {
    const find = () => this.xdotool("search", "--onlyvisible", "--class", "landfall-app").trim().split("\n");
    const before = find();
    await this.window.press(button);
    const picker = await until("the file picker", () => find().find((id) => !before.includes(id)));
    // The slash opens the field for a path, which then has to come up: nothing tells when. Where the path came too
    // soon, the picker stays, and takes it once more.
    for (const pause of [500, 2000, 5000]) {
      this.xdotool("windowactivate", "--sync", picker);
      this.xdotool("key", "ctrl+a");
      this.xdotool("type", path[0]);
      await sleep(pause);
      this.xdotool("type", "--delay", "15", path.slice(1));
      // Once: another Return would press the button that opened it.
      this.xdotool("key", "Return");
      if (await until("the file picker to close", () => !find().includes(picker), pause * 6).catch(() => false)) {
        return;
      }
    }
    throw new Error(`the file picker doesn't take ${path}`);
  }

  /**
   * Presses "Start sharing" until that is so: the button may be busy with a try that fails, and the tray hears of what
   * happens a moment later than the window does.
   */
  startSharing() {
    return until("sharing", async () => {
      const listens = JSON.parse(this.cli("status", "--json")).listening.length > 0;
      const shares = listens && (await this.tray.menu()).includes("Stop sharing");
      if (!shares) {
        await this.window.run("[...document.querySelectorAll('button')].find((button) => button.textContent === 'Start sharing')?.click()");
      }
      return shares;
    });
  }

  /** Notifications that were shown, newest first. */
  notifications() {
    execFileSync("dunstctl", ["close-all"], { env: this.env });
    const { data } = JSON.parse(execFileSync("dunstctl", ["history"], { env: this.env }));
    return data.flat().map((shown) => ({ title: shown.summary.data, text: shown.body.data }));
  }

  /** What the app opened by the desktop. */
  opened() {
    return this.#noted("opened");
  }

  /** What the app had the file manager point at. */
  revealed() {
    return this.#noted("revealed");
  }

  #noted(name) {
    const file = join(this.folder, name);
    const text = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    return text === "" ? [] : text.split("\n");
  }

  async strike() {
    await this.window?.close().catch(() => {});
    await this.processes.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
