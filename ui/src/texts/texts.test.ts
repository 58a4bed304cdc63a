import { expect, it } from "vitest";
import { de } from "./de";
import { en } from "./en";
import { languageOf } from "./index";

/** Every path in a catalogue, with the number of a sentence's parameters. */
function paths(texts: object, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    return typeof value === "object" && value !== null ? paths(value, `${path}.`) : [path];
  });
}

const valueAt = (texts: object, path: string) =>
  path.split(".").reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], texts);

it("German says everything that English says", () => {
  expect(paths(de).sort()).toEqual(paths(en).sort());
  for (const path of paths(en)) {
    const text = valueAt(de, path);
    expect(typeof text === "function" || (typeof text === "string" && text.trim() !== ""), path).toBe(true);
  }
});

it("the system's language is followed, and English is the last resort", () => {
  expect(languageOf("system", "de-AT")).toBe("de");
  expect(languageOf("system", "fr-FR")).toBe("en");
  expect(languageOf("system", null)).toBe("en");
  expect(languageOf("en", "de-DE")).toBe("en");
});
