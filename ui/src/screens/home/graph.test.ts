import { expect, it } from "vitest";
import { line, niceTop, seconds, WINDOW } from "./graph";

const now = Date.parse("2026-01-01T12:00:00Z");

it("seconds of which nothing is known carried nothing, and old ones fall out", () => {
  const values = seconds(
    [
      { at: "2026-01-01T11:59:59.9Z", bytes_in: 10, bytes_out: 1 },
      { at: "2026-01-01T11:50:00Z", bytes_in: 99, bytes_out: 99 },
    ],
    now,
  );
  expect(values).toHaveLength(WINDOW);
  expect(values.at(-2)).toEqual({ in: 10, out: 1 });
  expect(values.reduce((sum, value) => sum + value.in, 0)).toBe(10);
});

it("the scale ends at a round figure", () => {
  expect(niceTop(0)).toBe(100_000);
  expect(niceTop(101_000)).toBe(200_000);
  expect(niceTop(3_000_000)).toBe(5_000_000);
  expect(niceTop(9_000_000)).toBe(10_000_000);
});

it("a line goes from edge to edge", () => {
  expect(line([0, 10], 10, 100, 50)).toBe("M0.0 48.0L100.0 2.0");
});
