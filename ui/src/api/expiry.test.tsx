import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useExpiry, waitFor } from "./expiry";

const DAY = 86_400_000;
const client = new QueryClient();
const root = createRoot(document.createElement("div"));

function Shown({ ends }: { ends: number[] }) {
  useExpiry(["list-blocks", "status"], ends);
  return null;
}

const show = (ends: number[]) => act(() => root.render(<QueryClientProvider client={client}><Shown ends={ends} /></QueryClientProvider>));

beforeEach(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it("calls are fetched again when the first of their entries has ended, and until it is gone", () => {
  const fetched = vi.spyOn(client, "invalidateQueries");
  const now = Date.now();
  show([now + 900_000, now + 60_000]);
  vi.advanceTimersByTime(59_000);
  expect(fetched).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2_000);
  expect(fetched.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([["list-blocks"], ["status"]]);
  vi.advanceTimersByTime(5_000);
  expect(fetched).toHaveBeenCalledTimes(4);
  show([]);
  vi.advanceTimersByTime(DAY);
  expect(fetched).toHaveBeenCalledTimes(4);
});

it("what ends in months is waited for in parts", () => {
  expect(waitFor(90 * DAY, 0).over).toBe(false);
  expect(waitFor(DAY, 0)).toEqual({ wait: DAY + 1000, over: true });
});
