// The real window under Xvfb, on a session bus of its own, driven through WebDriver (tauri-driver and WebKitGTK's).
import { spawn, execFileSync } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { fileURLToPath } from "node:url";
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
// Long enough for a machine that does much else: what comes is taken at once.
const PATIENCE = 90_000;

/** Has a port, once whoever had it has given it up. */
export function hold(port) {
  return until(`port ${port}`, async () => {
    const server = net.createServer().listen(port, "127.0.0.1").unref();
    await once(server, "listening");
    return server;
  });
}

/** Ports that are free now, each another: all are held until the last is found. */
export async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, () => hold(0)));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Tries until something is there. */
export async function until(what, look, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) {
        return found;
      }
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited in vain for ${what}`, { cause: last });
    }
    await sleep(100);
  }
}

/** Processes of a test, ended in reverse. */
export class Processes {
  #started = [];

  start(command, args, options = {}) {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    child.output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (data) => (child.output += data));
    }
    this.#started.push(child);
    return child;
  }

  async end() {
    for (const child of this.#started.reverse()) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await Promise.race([once(child, "exit"), sleep(4000)]);
        if (child.exitCode === null && child.signalCode === null) {
          child.kill("SIGKILL");
        }
      }
    }
  }
}

/** A screen with a window manager. */
export async function startDisplay(processes, width, height) {
  const display = `:${70 + (process.pid % 900)}`;
  processes.start("Xvfb", [display, "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"]);
  await until("Xvfb", () => {
    execFileSync("xdotool", ["getdisplaygeometry"], { env: { ...process.env, DISPLAY: display }, stdio: "pipe" });
    return true;
  });
  processes.start("openbox", ["--config-file", fileURLToPath(new URL("openbox.xml", import.meta.url))], { env: { ...process.env, DISPLAY: display } });
  return display;
}

export class Window {
  constructor(url, env) {
    this.url = url;
    this.env = env;
  }

  /** Starts the app through WebDriver. */
  static async open(processes, application, args, env) {
    const [port, native] = await freePorts(2);
    const driver = processes.start(
      "tauri-driver",
      ["--port", String(port), "--native-port", String(native), "--native-driver", "/usr/bin/WebKitWebDriver"],
      { env, cwd: env.HOME },
    );
    const base = `http://127.0.0.1:${port}`;
    await until("tauri-driver", async () => (await fetch(`${base}/status`)).ok);
    const capabilities = { alwaysMatch: { browserName: "wry", "tauri:options": { application, args } } };
    const answer = await fetch(`${base}/session`, { method: "POST", body: JSON.stringify({ capabilities }) });
    const { value } = await answer.json();
    if (!value?.sessionId) {
      throw new Error(`no session: ${JSON.stringify(value)} ${driver.output}`);
    }
    return new Window(`${base}/session/${value.sessionId}`, env);
  }

  async #send(method, path, body) {
    const answer = await fetch(`${this.url}${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) {
      throw new Error(`${path}: ${value.error}: ${value.message}`);
    }
    return value;
  }

  close() {
    return this.#send("DELETE", "");
  }

  run(script, ...args) {
    return this.#send("POST", "/execute/sync", { script, args });
  }

  /** What is asked of an element, which may be made anew between the look and the question. */
  #ask(xpath, question) {
    return until(xpath, async () => ({ answer: await this.#send("GET", `/element/${await this.#element(xpath)}/${question}`) })).then(({ answer }) => answer);
  }

  async #element(xpath) {
    const found = await this.#send("POST", "/element", { using: "xpath", value: xpath });
    return found[ELEMENT];
  }

  /** The element that an XPath leads to, once it is there. */
  find(xpath) {
    return until(xpath, () => this.#element(xpath));
  }

  async click(xpath) {
    await until(`a click on ${xpath}`, async () => {
      const element = await this.#element(xpath);
      // What still moves would be missed.
      const place = async () => JSON.stringify(await this.#send("GET", `/element/${element}/rect`));
      const before = await place();
      await sleep(40);
      if ((await place()) !== before) {
        return false;
      }
      await this.#send("POST", `/element/${element}/click`, {});
      return true;
    });
  }

  /** A button or link by its text or label. */
  press(name) {
    const quoted = JSON.stringify(name);
    return this.click(
      `(//*[self::button or self::a or @role="menuitem" or @role="option" or @role="tab"][normalize-space(.)=${quoted} or @aria-label=${quoted}])[last()]`,
    );
  }

  async type(xpath, text, { clear = true } = {}) {
    // With what was there cleared first, all of it may be done again when the field is made anew meanwhile.
    await until(`"${text}" in ${xpath}`, async () => {
      const element = await this.#element(xpath);
      if (clear) {
        await this.#send("POST", `/element/${element}/clear`, {});
      }
      await this.#send("POST", `/element/${element}/value`, { text });
      return true;
    });
  }

  async text(xpath) {
    return this.#ask(xpath, "text");
  }

  async property(xpath, name) {
    return this.#ask(xpath, `property/${name}`);
  }

  /** Until a text is on screen. */
  sees(text) {
    return until(`"${text}" on screen`, () => this.run("return document.body.innerText.includes(arguments[0])", text));
  }

  /** Until a text has gone. */
  misses(text) {
    return until(`"${text}" to go`, () => this.run("return !document.body.innerText.includes(arguments[0])", text));
  }

  go(hash) {
    return this.run("location.hash = arguments[0]", hash);
  }

  /** A picture of the whole screen, as a person sees it. */
  async picture(file) {
    mkdirSync(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await sleep(450);
    const crop = this.size === undefined ? [] : ["-crop", `${this.size.width}x${this.size.height}+0+0`, "+repage"];
    execFileSync("import", ["-window", "root", ...crop, file], { env: this.env });
  }

  resize(width, height) {
    this.size = { width, height };
    execFileSync("xdotool", ["search", "--onlyvisible", "--name", "^Landfall$", "windowmove", "0", "0", "windowsize", String(width), String(height)], {
      env: this.env,
      stdio: "pipe",
    });
  }
}
