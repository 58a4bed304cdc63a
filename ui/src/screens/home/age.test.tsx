import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { mockIPC } from "@tauri-apps/api/mocks";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, it, vi } from "vitest";
import type { Action, Preferences } from "../../api/generated";
import { Age, oldMonths } from "./age";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

const DAY = 86_400_000;
const at = (days: number) => Date.parse("2026-11-26T00:00:00Z") + days * DAY;

it("a version is old after half a year, and never before it was built", () => {
  expect(oldMonths("2026-11-26T00:00:00Z", at(0))).toBeUndefined();
  expect(oldMonths("2026-11-26T00:00:00Z", at(182))).toBeUndefined();
  expect(oldMonths("2026-11-26T00:00:00Z", at(183))).toBe(6);
  expect(oldMonths("2026-11-26T00:00:00Z", at(800))).toBe(26);
  expect(oldMonths("2026-11-26T00:00:00Z", at(-800))).toBeUndefined();
  expect(oldMonths("", at(800))).toBeUndefined();
});

/** Home's notice for a build of so many days ago, and the choices that are kept. */
async function shown(days: number, notify_age: boolean) {
  let preferences = { notify_age } as Preferences;
  mockIPC((_, payload) => {
    const { action } = payload as { action: Action };
    switch (action.action) {
      case "about":
        return { built: new Date(Date.now() - days * DAY).toISOString() };
      case "preferences":
        return preferences;
      case "set-preferences":
        preferences = action;
        return null;
      default:
        throw new Error(action.action);
    }
  });
  document.body.innerHTML = "<div></div>";
  const root = createRoot(document.body.firstElementChild as HTMLElement);
  await act(async () => {
    root.render(
      <MantineProvider>
        <QueryClientProvider client={new QueryClient()}>
          <Notifications />
          <Age />
        </QueryClientProvider>
      </MantineProvider>,
    );
  });
  await act(async () => vi.waitFor(() => new Promise((done) => setTimeout(done, 20))));
  return { kept: () => preferences };
}

it("an old version is told of, until the user wants no more of it", async () => {
  const { kept } = await shown(250, true);
  expect(document.body.textContent).toContain("This version of Landfall is 8 months old");
  const button = [...document.querySelectorAll("button")].find((button) => button.textContent === "Don't say this any more");
  await act(async () => button?.click());
  await act(async () => vi.waitFor(() => expect(document.body.textContent).not.toContain("8 months old")));
  expect(kept().notify_age).toBe(false);
});

it("who switched it off and who has a new version hear nothing", async () => {
  await shown(250, false);
  expect(document.body.textContent).not.toContain("months old");
  await shown(30, true);
  expect(document.body.textContent).not.toContain("old");
});
