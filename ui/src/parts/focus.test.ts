import { afterEach, beforeEach, expect, it } from "vitest";
import { focusAfterDialog, followMenus } from "./focus";

let stop: () => void;
const at = (id: string) => document.getElementById(id) as HTMLElement;

beforeEach(() => {
  document.body.innerHTML = `
    <main tabindex="-1"><button id="more">More</button><button id="other">Other</button></main>
    <div role="menu" aria-labelledby="more"><button id="item">Remove</button></div>
    <div role="dialog"><button id="cancel">Cancel</button></div>`;
  stop = followMenus();
});
afterEach(() => stop());

it("a dialog that a menu opened leads back to the menu's button", () => {
  at("item").focus();
  at("more").focus();
  at("cancel").focus();
  document.querySelectorAll("[role]").forEach((gone) => gone.remove());
  focusAfterDialog();
  expect(document.activeElement).toBe(at("more"));
});

it("what has the focus keeps it, and a button that is gone leaves it to the screen", () => {
  at("item").focus();
  at("other").focus();
  focusAfterDialog();
  expect(document.activeElement).toBe(at("other"));
  at("item").focus();
  document.querySelectorAll("[role], button").forEach((gone) => gone.remove());
  focusAfterDialog();
  expect(document.activeElement).toBe(document.querySelector("main"));
});
