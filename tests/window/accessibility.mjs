// What keeps people out of a screen: violations that axe finds, what a keyboard doesn't reach, and what is cut off.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./driver.mjs";
import { ROOT } from "./stage.mjs";

const AXE = readFileSync(join(ROOT, "ui/node_modules/axe-core/axe.min.js"), "utf8");

export async function violations(window) {
  await window.run(`if (!globalThis.axe) { ${AXE} }`);
  // A tooltip belongs to the control that it explains, wherever it stands.
  await window.run("globalThis.checked = undefined; axe.run({ exclude: ['[role=tooltip]'] }).then((result) => { globalThis.checked = result.violations; })");
  const result = await until("the accessibility check", () => window.run("return globalThis.checked"));
  return result.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** Elements that are cut off at the window's right edge. */
export function overflowing(window) {
  return window.run(`
    const wide = [...document.querySelectorAll("main *, nav *")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1);
    return wide.map((element) => element.outerHTML.slice(0, 120));`);
}

/**
 * What reacts to a click but is no control that the keyboard reaches. React keeps an element's handlers beside it.
 *
 * That the screen around it has the focus presses nothing. Of tabs and their like one is reached by Tab and the others
 * by arrows.
 */
export function unreachable(window) {
  return window.run(`
    const stops = (control) => (control?.matches("label") ? control.control : control)?.tabIndex >= 0;
    const byArrows = (element) => element.closest("[role=tab], [role=radio], [role=menuitem], [role=option]") !== null;
    // A field's frame passes a click on to the field in it.
    const framed = (element) => stops(element.querySelector("input")) || stops(element.closest(".mantine-Input-wrapper")?.querySelector("input"));
    const reachable = (element) =>
      stops(element.closest("button, a[href], input, select, textarea, label, summary")) || element.tabIndex >= 0 || byArrows(element) || framed(element);
    // A step that one can't go to yet does nothing.
    const idle = ".mantine-Stepper-step:not([data-allow-click])";
    const clicked = (element) => {
      const key = Object.keys(element).find((key) => key.startsWith("__reactProps$"));
      return key !== undefined && typeof element[key].onClick === "function" && !element.matches(idle);
    };
    return [...document.querySelectorAll("#root *")].filter((element) => clicked(element) && !reachable(element)).map((element) => element.outerHTML.slice(0, 160));`);
}
