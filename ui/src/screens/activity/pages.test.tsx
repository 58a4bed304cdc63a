import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { mockIPC } from "@tauri-apps/api/mocks";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ActivitySearch, StoredActivity } from "../../api/generated";
import { freshOf, PAGE, usePages } from "./pages";

/** The list is as long as it may be. */
const KEPT = 1000;
const SEARCH: ActivitySearch = {};

let newest: number;
let failing: boolean;
let pages: ReturnType<typeof usePages>;
let client: QueryClient;
let root: Root;

function answer({ newest: from = newest, offset, limit }: ActivitySearch) {
  if (failing) {
    throw { code: "store-failed", message: "The disk failed." };
  }
  const ids = Array.from({ length: KEPT }, (_, at) => newest - at).filter((id) => id <= (from ?? newest));
  return { total: ids.length, records: ids.slice(offset ?? 0, (offset ?? 0) + (limit ?? 100)).map((id) => ({ id }) as StoredActivity) };
}

function Shown() {
  pages = usePages(SEARCH);
  return null;
}

const settled = () => act(() => new Promise((resolve) => setTimeout(resolve, 5)));
/** Until something holds; what is fetched takes a moment. */
const eventually = (holds: () => void) =>
  vi.waitFor(async () => {
    await settled();
    holds();
  });
const arrive = async (count: number) => {
  newest += count;
  await act(() => client.invalidateQueries());
};

beforeEach(async () => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
  newest = 5000;
  failing = false;
  mockIPC((_, payload) => answer((payload as { call: ActivitySearch }).call));
  client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  root = createRoot(document.createElement("div"));
  act(() => root.render(<QueryClientProvider client={client}><Shown /></QueryClientProvider>));
  await eventually(() => expect(pages.total).toBe(KEPT));
});
afterEach(() => act(() => root.unmount()));

it("at its limit the list's new records are counted although its length stays", async () => {
  await arrive(3);
  await eventually(() => expect(pages.fresh).toEqual({ count: 3, more: false }));
  await arrive(PAGE);
  await eventually(() => expect(pages.fresh).toEqual({ count: PAGE, more: true }));
  expect(pages.row(0)?.id).toBe(5000);
  act(() => pages.showFresh());
  expect(pages.row(0)?.id).toBe(5000 + 3 + PAGE);
  expect(pages.fresh.count).toBe(0);
});

it("rows that were driven out leave the end of the list", async () => {
  await arrive(30);
  act(() => pages.need(PAGE, PAGE + 20));
  await eventually(() => expect(pages.row(PAGE)?.id).toBe(5000 - PAGE));
  expect(pages.total).toBe(KEPT - 30);
});

it("a page that can't be fetched says so, and comes when it is tried again", async () => {
  failing = true;
  act(() => pages.need(PAGE, PAGE + 20));
  await eventually(() => expect(pages.failed?.error).toMatchObject({ message: "The disk failed." }));
  expect(pages.row(PAGE)).toBeUndefined();
  // Nothing asks again by itself.
  failing = false;
  act(() => pages.need(PAGE, PAGE + 20));
  await settled();
  expect(pages.row(PAGE)).toBeUndefined();
  act(() => pages.retry());
  act(() => pages.need(PAGE, PAGE + 20));
  expect(pages.failed).toBeUndefined();
  await eventually(() => expect(pages.row(PAGE)?.id).toBe(5000 - PAGE));
});

it("what is new comes after what was newest", () => {
  expect(freshOf([{ id: 9 }, { id: 8 }, { id: 3 }], 7)).toEqual({ count: 2, more: false });
  expect(freshOf([], 0)).toEqual({ count: 0, more: false });
});
