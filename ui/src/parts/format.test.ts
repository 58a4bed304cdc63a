import { expect, it } from "vitest";
import { de } from "../texts/de";
import { en } from "../texts/en";
import { ago, bytes, span } from "./format";

it("sizes have one unit and at most one decimal, in the language's way", () => {
  expect(bytes(en, 0)).toBe("0\u00a0B");
  expect(bytes(en, 999)).toBe("999\u00a0B");
  expect(bytes(en, 1_540_000)).toBe("1.5\u00a0MB");
  expect(bytes(de, 1_540_000)).toBe("1,5\u00a0MB");
  expect(bytes(en, 999_700)).toBe("1\u00a0MB");
});

it("spans are told in their largest unit", () => {
  expect(span(en, 59)).toBe("59\u00a0s");
  expect(span(en, 3599)).toBe("59\u00a0min");
  expect(span(de, 200_000)).toBe("2\u00a0T");
});

it("what happened just now is told so", () => {
  const now = Date.parse("2026-01-01T12:00:00Z");
  expect(ago(en, "2026-01-01T11:59:58Z", now)).toBe("just now");
  expect(ago(de, "2026-01-01T11:55:00Z", now)).toBe("vor 5\u00a0min");
});
