import { expect, it } from "vitest";
import type { Check } from "../../api/generated";
import { de } from "../../texts/de";
import { en } from "../../texts/en";
import { asText, sentence, worstFirst } from "./sentences";

const check = (kind: Check["kind"], outcome: Check["outcome"], subject: string | null = null, detail: string | null = null): Check => ({ kind, outcome, subject, detail });

it("what is worst comes first, and stays in order otherwise", () => {
  const checks = [check("sharing", "pass"), check("keyring", "warn"), check("people", "fail"), check("network", "pass")];
  expect(worstFirst(checks).map((check) => check.kind)).toEqual(["people", "keyring", "sharing", "network"]);
});

it("what is wrong comes with a fix, in each language", () => {
  const kinds: [Check["kind"], Check["outcome"]][] = [
    ["sharing", "fail"],
    ["smb-port", "warn"],
    ["listening", "warn"],
    ["reachable", "fail"],
    ["network", "fail"],
    ["firewall", "warn"],
    ["keyring", "warn"],
    ["sandbox", "warn"],
    ["privileges", "warn"],
    ["password", "fail"],
    ["people", "fail"],
    ["folder", "warn"],
    ["folder", "fail"],
    ["grants", "warn"],
    ["nested", "warn"],
    ["space", "warn"],
    ["lock-out", "warn"],
  ];
  for (const texts of [en, de]) {
    for (const [kind, outcome] of kinds) {
      const { text, fix } = sentence(texts, check(kind, outcome, "x", "1"));
      expect(text, kind).not.toBe("");
      expect(fix, kind).toBeTruthy();
    }
  }
});

it("as text it can be pasted into a message", () => {
  const text = asText(en, [check("sharing", "pass"), check("people", "fail")]);
  expect(text).toBe("FAIL  Nobody may log in.\n      Add a person under People.\nPASS  Sharing is on.\n");
});
