import { expect, it } from "vitest";
import { stringsOf } from "../../texts/engine/sources";
import { nameBefore } from "./kinds";

it("a renamed file had another name before", () => {
  expect(nameBefore({ kind: "renamed", message: "renamed from Docs/renamed from x" })).toBe("Docs/renamed from x");
  expect(nameBefore({ kind: "removed", message: "renamed from x" })).toBeUndefined();
  expect(stringsOf("server-core/src/vfs/change.rs").some((text) => text.startsWith("renamed from {"))).toBe(true);
});
