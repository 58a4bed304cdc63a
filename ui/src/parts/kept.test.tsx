import { MantineProvider } from "@mantine/core";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, it, vi } from "vitest";
import { KeptInput } from "./kept";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
const save = vi.fn<(value: string) => Promise<unknown>>();
let input: HTMLInputElement;

beforeEach(async () => {
  save.mockReset().mockResolvedValue(undefined);
  document.body.innerHTML = "<div></div>";
  const root = createRoot(document.body.firstElementChild as HTMLElement);
  await act(async () =>
    root.render(
      <MantineProvider>
        <KeptInput label="Name" saved="Scans" save={save} />
      </MantineProvider>,
    ),
  );
  input = document.querySelector("input") as HTMLInputElement;
});

async function type(text: string) {
  await act(async () => {
    input.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(input, text);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
const press = (key: string) => act(async () => void input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
const leave = () => act(async () => input.blur());
const button = () => document.querySelector("button");

it("leaving keeps nothing, and what was typed stays to be kept", async () => {
  expect(button()).toBeNull();
  await type("Papers");
  await leave();
  expect(save).not.toHaveBeenCalled();
  expect(input.value).toBe("Papers");
  await act(async () => button()?.click());
  expect(save).toHaveBeenCalledWith("Papers");
});

it("Enter keeps, without spaces around it", async () => {
  await type(" Papers ");
  await press("Enter");
  expect(save).toHaveBeenCalledWith("Papers");
});

it("what is refused says why, and gives way on leaving", async () => {
  save.mockRejectedValue({ message: "There is a share named Papers already." });
  await type("Papers");
  await press("Enter");
  expect(document.body.textContent).toContain("There is a share named Papers already.");
  expect(input.value).toBe("Papers");
  await leave();
  expect(input.value).toBe("Scans");
  expect(document.body.textContent).not.toContain("already");
});

it("an emptied field says so, and comes back", async () => {
  await type("");
  await press("Enter");
  expect(document.body.textContent).toContain("can't be empty");
  await leave();
  expect(input.value).toBe("Scans");
  expect(save).not.toHaveBeenCalled();
});
