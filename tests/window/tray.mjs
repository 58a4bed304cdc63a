// The tray of the test's session, by way of tray_host.py.
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until } from "./driver.mjs";

export class Tray {
  #lines;
  #child;

  static async start(processes, env) {
    const tray = new Tray();
    const script = fileURLToPath(new URL("tray_host.py", import.meta.url));
    tray.#child = processes.start("/usr/bin/python3", [script], { env, stdio: ["pipe", "pipe", "pipe"] });
    tray.#lines = createInterface({ input: tray.#child.stdout })[Symbol.asyncIterator]();
    await tray.#answer();
    return tray;
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    if (done) {
      throw new Error(`the tray ended: ${this.#child.output}`);
    }
    const answer = JSON.parse(value);
    if (answer.error) {
      throw new Error(answer.error);
    }
    return answer;
  }

  async #ask(line) {
    this.#child.stdin.write(`${line}\n`);
    return this.#answer();
  }

  icon() {
    return this.#ask("icon");
  }

  async menu() {
    return (await this.#ask("menu")).menu;
  }

  /** The menu is made anew whenever something changes: an entry may be gone between a look and a click. */
  click(label) {
    return until(`a click on ${label}`, () => this.#ask(`click ${label}`));
  }
}
